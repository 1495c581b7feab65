import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MachineError } from '../errors.ts';
import { bucketPath, localHome } from '../providers/local/home.ts';
import { readJournal } from '../providers/local/journal.ts';
import { replay } from '../providers/local/standing.ts';
import { watchInputs } from '../providers/local/watch.ts';
import { durationText } from '../terminal/amount.ts';
import { lineText } from '../terminal/log-text.ts';
import { failureText } from '../terminal/run-text.ts';
import { folderUri } from '../workflow/draw.ts';
import type { LogLine } from '../workflow/invocation.ts';
import { entrySteps } from '../workflow/links.ts';
import type { CommandContext, Handler } from './command.ts';
import { setUp } from './deployment.ts';
import { type WorkOptions, withWork } from './local-work.ts';
import { loadWorkflow, type ReadWorkflow, type WorkflowOptions } from './workflow-file.ts';

/** Stays until Ctrl-C: runs what arrives in the input folders and prints the log of all steps. */
export const run: Handler = async (context, [file], options: WorkflowOptions & WorkOptions) => {
  const loaded = await loadWorkflow(context, String(file), { ...options, local: true });
  const { workflow } = loaded;
  await setUp(context, workflow, true);
  const { terminal, environment, signal } = context;
  const home = localHome(workflow, environment);
  const known = new Set<string>();
  const { pending } = replay(readJournal(home), ({ id }) => known.add(id));
  for (const { id } of pending) known.add(id);
  const width = Math.max(...workflow.steps.map(({ id }) => id.length));
  const onLine = (line: LogLine) => {
    if (terminal.json) terminal.data(line);
    else if (line.stream !== 'supervisor') terminal.out(lineText(line, width, terminal.outStyle));
  };
  const fault = await withWork(
    context,
    loaded,
    options,
    async ({ session, resume, failures, finish }) => {
      await session.prepare();
      await resume();
      announceFolders(context, loaded);
      const { queue, storage } = session;
      const enqueue = queue.enqueue.bind(queue);
      const run = new Date().toISOString();
      const ends = AbortSignal.any([signal, queue.halted]);
      const onSkipped = (uri: string, reason: string) => terminal.note(`${uri} starts nothing: ${reason}`);
      await watchInputs(workflow, { home, storage, known, enqueue, onSkipped, run, signal: ends });
      await finish();
      terminal.note(`stopped; ${queue.counts.succeeded} done, ${failures.length} failed`);
      return queue.fault;
    },
    {
      onLine,
      onEnd: (invocation, lastLines) => {
        if (invocation.status !== 'succeeded')
          terminal.note(failureText({ invocation, lastLines }, terminal.noteStyle));
        else
          terminal.note(
            `${terminal.noteStyle('green', '✓')} ${invocation.step} ${durationText(invocation.durationMs ?? 0)}`,
          );
      },
    },
  );
  if (fault === undefined) return 0;
  throw new MachineError('machine-failed', fault, {
    hint: `Mend that, then go on: fdl dev ${workflow.file}.`,
  });
};

/** The folders are made, so that files can be copied there at once. */
function announceFolders({ terminal, environment }: CommandContext, { workflow }: ReadWorkflow): void {
  const home = localHome(workflow, environment);
  const entries = entrySteps(workflow.steps, workflow.links);
  const lines = entries.flatMap(({ id, inputs }) =>
    inputs.map((folder) => {
      const path = join(bucketPath(home, folder), folder.prefix);
      mkdirSync(path, { recursive: true });
      return `  ${id}: ${folderUri(folder)} is ${path}`;
    }),
  );
  terminal.note([`${workflow.name} waits for files; Ctrl-C stops it`, ...lines].join('\n'));
}
