/** `fdl export` and `fdl service get`: services of a cluster as an FDL file. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { type ClusterAtHand, exportOf, type FdlFile } from '../session/clusters.ts';
import type { CommandContext, Handler } from './command.ts';
import { type OfCluster, open, withCluster } from './with-cluster.ts';

/** What `--json` prints. */
export interface ExportDocument {
  /** Absent of a provider that has no clusters. */
  readonly cluster?: string | undefined;
  /** The provider; absent of a cluster. */
  readonly provider?: string | undefined;
  /** Absolute path of the file that was written. */
  readonly file?: string | undefined;
  readonly definition: FdlFile['definition'];
  readonly notes: readonly string[];
}

interface GetOptions extends OfCluster {
  readonly output?: string;
}

interface ExportOptions extends GetOptions {
  readonly workflow?: string;
}

/** All services of a cluster, or those of one workflow; or what another tool made at a provider. */
export const run: Handler = async (context, [given], { workflow, output }: ExportOptions) => {
  const cluster = given === undefined ? undefined : String(given);
  const isCluster = cluster === undefined || (await open(context)).list().some(({ id }) => id === cluster);
  const foreign = isCluster ? undefined : readProvider(context, cluster);
  if (foreign === undefined)
    return show(context, { cluster, output }, ({ definitions }) => definitions.all(workflow));
  if (workflow !== undefined)
    throw new FdlError('usage', '--workflow is of what fdl made on a cluster', {
      hint: 'Leave it out.',
      exitCode: 2,
    });
  return print(context, { provider: cluster, ...(await foreign) }, output);
};

/** What another tool made at a provider, while a line says so. */
function readProvider(
  { environment, signal, terminal }: CommandContext,
  provider: string,
): Promise<FdlFile> | undefined {
  const reading = exportOf(provider, { environment, signal });
  return (
    reading &&
    terminal
      .progress({ line: `reading functions on ${provider}` })
      .then((line) => reading.finally(() => line.stop()))
  );
}

/** One service. */
export const get: Handler = (context, [name], options: GetOptions) =>
  show(context, options, ({ definitions }) => definitions.service(String(name)));

async function show(
  context: CommandContext,
  {
    cluster: wanted,
    output,
  }: { readonly cluster?: string | undefined; readonly output?: string | undefined },
  work: (cluster: ClusterAtHand) => Promise<FdlFile>,
): Promise<0> {
  const of = wanted === undefined ? {} : { cluster: wanted };
  const found = await withCluster(context, of, 'reading services', async (at) => {
    return { cluster: at.id, ...(await work(at)) };
  });
  return print(context, found, output);
}

type Found = FdlFile & Pick<ExportDocument, 'cluster' | 'provider'>;

/** Writes the file, or prints it, with what is to be known of it. */
function print(context: CommandContext, { text, ...found }: Found, output: string | undefined): 0 {
  const { terminal } = context;
  const { notes } = found;
  const file = output === undefined ? undefined : resolve(context.workingDirectory, output);
  if (file !== undefined) write(file, text);
  for (const note of notes) terminal.note(`${terminal.noteStyle('yellow', '!')} ${note}`);
  if (file === undefined && terminal.mask(text) !== text)
    terminal.note('What must not be shown stands as *** here; with --output it is in the file.');
  if (terminal.json) terminal.data({ ...found, file } satisfies ExportDocument);
  else if (file === undefined) terminal.out(text.trimEnd());
  else terminal.out(`Wrote ${file}. What apply would do: fdl plan ${output}`);
  return 0;
}

/**
 * Writes a file that is new; nobody else may read it.
 * @throws FdlError `file-exists`, `file-unwritable`
 */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const options = { exitCode: 2, cause } as const;
    if (!hasCode(cause, 'EEXIST'))
      throw new FdlError('file-unwritable', `${file} cannot be written: ${messageOf(cause)}`, options);
    const hint = 'Name another file, or remove that one.';
    throw new FdlError('file-exists', `${file} is there already`, { ...options, hint });
  }
}
