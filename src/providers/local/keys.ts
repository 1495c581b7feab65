/** What results of steps on this machine depend on besides their input. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stepKey } from '../../workflow/key.ts';
import type { Workflow } from '../../workflow/model.ts';
import { runnableSteps } from './desired.ts';
import type { LocalHome } from './home.ts';
import { listRecords } from './kinds/step.ts';
import { findRunsIn, type RunnerOptions, type RunsIn } from './runners.ts';

/** The keys of steps as they are set up; none of a step of which it is not known what it runs in. */
export function keysOf(workflow: Workflow, home: LocalHome, runsIn: RunsIn): ReadonlyMap<string, string> {
  const records = new Map(listRecords(home).map((record) => [record.step, record]));
  return new Map(
    runnableSteps(workflow).flatMap((step) => {
      const [record, image] = [records.get(step.id), runsIn.get(step.id)];
      if (!record || !image) return [];
      const { script, payload } = record;
      return [[step.id, stepKey(step, { script, payload, image })] as const];
    }),
  );
}

/** The keys that steps would run with now. Nothing is pulled: a step whose image is not here has none. */
export async function findKeys(
  workflow: Workflow,
  home: LocalHome,
  options: Omit<RunnerOptions, 'say'>,
): Promise<ReadonlyMap<string, string>> {
  return keysOf(workflow, home, await findRunsIn(runnableSteps(workflow), options));
}

/** Bytes of an input whose content is noted; of longer ones, time and size tell whether they changed. */
const LONGEST = 64 * 1024 * 1024;

/** SHA-256 of a file's content in hexadecimal digits; nothing of a long one. */
export async function contentHash(file: string, size: number): Promise<string | undefined> {
  if (size > LONGEST) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
