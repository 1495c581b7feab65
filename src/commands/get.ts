import { basename, resolve } from 'node:path';
import type { Skipped } from '../storage/odd-files.ts';
import type { Storage } from '../storage/storage.ts';
import { objectUri } from '../storage/uri.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notFetchedLines } from '../terminal/run-text.ts';
import { finalOutputs } from '../workflow/links.ts';
import type { Folder, Output, Workflow } from '../workflow/model.ts';
import type { ResultObject } from '../workflow/results.ts';
import { openCloud } from './cloud.ts';
import type { CommandContext, Handler } from './command.ts';
import { findStep } from './entry-step.ts';
import { type Fetched, fetchResults, type NotFetched } from './fetch-results.ts';
import { folderOf } from './storage-place.ts';
import { progressText } from './upload.ts';
import { fileOption, isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly file?: string;
  readonly step?: string;
  readonly from?: string;
  readonly output?: string;
}

/** A folder to look in, and the folder that its files go to. */
interface Place {
  readonly folder: Folder | Output;
  /** Step, or empty for a URI. */
  readonly step: string;
}

/** Downloads what is in the folders of final outputs, of one step, or of a URI. */
export const run: Handler = async (context, [patterns], options: Options) => {
  const loaded = await loadWorkflow(context, fileOption(context, options.file), options, 'look');
  const { signal, terminal } = context;
  const places = placesOf(loaded.workflow, options);
  const { storage } = await openCloud(context, loaded.workflow, isLocal(context, options));
  const started = performance.now();
  const dir = resolve(context.workingDirectory, options.output ?? '.');
  const progress = await terminal.progress('listing');
  const fetched = await fetch().finally(() => progress.stop());
  report(context, fetched, (performance.now() - started) / 1000);
  const { notFetched } = fetched;
  const isEmpty = fetched.fetched.length + notFetched.length === 0;
  if (isEmpty) terminal.note('nothing matches: `fdl status` shows what ran');
  if (signal.aborted) return 130;
  return notFetched.length > 0 ? 1 : 0;

  async function fetch() {
    const { objects, skipped } = await listObjects(places, (patterns ?? []) as readonly string[], storage);
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const done = await fetchResults(objects, dir, storage, {
      signal,
      onProgress: (moved) => progress.update(`downloading ${progressText(moved, bytes)}`),
    });
    return { ...done, notFetched: [...skipped, ...done.notFetched] };
  }
};

function placesOf(workflow: Workflow, { step, from }: Options): readonly Place[] {
  if (from !== undefined) return [{ folder: folderOf(workflow, from), step: '' }];
  if (step !== undefined) return findStep(workflow, step).outputs.map((folder) => ({ folder, step }));
  return finalOutputs(workflow.steps, workflow.links).flatMap(({ step: { id, outputs }, output }) => {
    const folder = outputs[output];
    return folder ? [{ folder, step: id }] : [];
  });
}

interface Listed {
  readonly objects: readonly ResultObject[];
  /** Files of local folders that are no objects. */
  readonly skipped: readonly NotFetched[];
}

/** Steps may share a folder: an object counts for the first whose filters take it. */
async function listObjects(
  places: readonly Place[],
  patterns: readonly string[],
  storage: (store: string) => Storage,
): Promise<Listed> {
  const found = new Map<string, ResultObject>();
  const skipped = new Map<string, NotFetched>();
  const wanted = patterns.map(globPattern);
  for (const { folder, step } of places) {
    const { store, bucket, prefix } = folder;
    const onSkipped = ({ name, reason }: Skipped) => {
      const uri = objectUri(store, bucket, name);
      skipped.set(uri, { uri, size: 0, reason });
    };
    const listed = storage(store).list(bucket, prefix === '' ? '' : `${prefix}/`, { onSkipped });
    for await (const { key, size } of listed) {
      const below = prefix === '' ? key : key.slice(prefix.length + 1);
      const uri = objectUri(store, bucket, key);
      const matches =
        wanted.length === 0 || wanted.some((each) => each.test(below) || each.test(basename(below)));
      if (!matches || found.has(uri) || !takes(folder, below)) continue;
      found.set(uri, { uri, size, step, store, bucket, key, path: step ? `${step}/${below}` : below });
    }
  }
  return { objects: [...found.values()], skipped: [...skipped.values()] };
}

/** Whether an output's filters let a name through; a plain folder takes all. */
function takes(folder: Folder | Output, name: string): boolean {
  if (!('suffixes' in folder)) return true;
  const { prefixes, suffixes } = folder;
  const starts = prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return starts && (suffixes.length === 0 || suffixes.some((suffix) => name.endsWith(suffix)));
}

/** `*` and `?` as in a shell; `**` crosses folders. */
export function globPattern(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

function report({ terminal }: CommandContext, { fetched, notFetched }: Fetched, seconds: number): void {
  const bytes = fetched.reduce((sum, { size }) => sum + size, 0);
  const transfers = fetched.map(({ uri, path, size }) => ({
    source: uri,
    target: path,
    size,
    status: 'done',
  }));
  const failed = notFetched.map(({ uri, size, reason }) => {
    return { source: uri, size, status: 'failed', error: reason };
  });
  if (terminal.json)
    terminal.data({
      transfers: [...transfers, ...failed],
      summary: { files: fetched.length, bytes, seconds },
    });
  for (const line of notFetchedLines(notFetched, terminal.noteStyle)) terminal.note(line);
  for (const { source, target } of transfers) terminal.out(`${source} → ${target}`);
  terminal.out(`${countOf(fetched.length, 'file')}, ${bytesText(bytes)}`);
}
