import { FdlError } from '../errors.ts';
import { providerFor } from '../providers/registry.ts';
import { lineText } from '../terminal/log-text.ts';
import type { Handler } from './command.ts';
import { findStep } from './entry-step.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly invocation?: string;
  readonly filter?: string;
}

/** Prints lines as they come; what a script wrote is shown as it is, with its step in front. */
export const run: Handler = async (context, [file, step], options: Options) => {
  const { workflow } = await loadWorkflow(context, String(file), options, 'look');
  const { environment, signal, terminal } = context;
  if (step !== undefined) findStep(workflow, String(step));
  const { follow, invocation, filter } = options;
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const { runtime } = await providerFor(workflow, isLocal(context, options), { environment, signal });
  const query = { step: step as string | undefined, follow, invocation, filter, since };
  const width = Math.max(...workflow.steps.map(({ id }) => id.length));
  for await (const line of runtime.logs(workflow, query)) {
    if (terminal.json) terminal.data(line);
    else terminal.out(lineText(line, width, terminal.outStyle));
  }
  return 0;
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Milliseconds: no `Date` is further from 1970. */
const FURTHEST = 8.64e15;

/** `10m`, `2h`, `3d` before now, or a date, as ISO 8601. @throws FdlError `since-invalid` */
export function parseSince(text: string, now: Date): string {
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(text.trim()) ?? [];
  // Dates in other forms than ISO's are guessed at: "10" would be October 2001.
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const time = count === undefined ? date : now.getTime() - Number(count) * (UNITS[unit] ?? 0) * 1000;
  if (Math.abs(time) <= FURTHEST) return new Date(time).toISOString();
  const hint = 'Write 30s, 10m, 2h, 3d, or a date such as 2026-01-31T12:00:00Z.';
  throw new FdlError('since-invalid', `"${text}" is no time`, { hint, exitCode: 2 });
}
