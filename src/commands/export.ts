/** `fdl export` and `fdl service get`: services of a cluster as an FDL file. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import type { ClusterAtHand, FdlFile } from '../session/clusters.ts';
import type { CommandContext, Handler } from './command.ts';
import { type OfCluster, withCluster } from './with-cluster.ts';

/** What `--json` prints. */
export interface ExportDocument {
  readonly cluster: string;
  /** Absolute path of the file that was written. */
  readonly file?: string;
  readonly definition: FdlFile['definition'];
  readonly notes: readonly string[];
}

interface GetOptions extends OfCluster {
  readonly output?: string;
}

interface ExportOptions extends GetOptions {
  readonly workflow?: string;
}

/** All services of a cluster, or those of one workflow. */
export const run: Handler = (context, [cluster], { workflow, output }: ExportOptions) => {
  const of = { cluster: cluster === undefined ? undefined : String(cluster), output };
  return show(context, of, ({ definitions }) => definitions.all(workflow));
};

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
  const { terminal } = context;
  const of = wanted === undefined ? {} : { cluster: wanted };
  const { cluster, definition, text, notes } = await withCluster(
    context,
    of,
    'reading services',
    async (at) => ({ cluster: at.id, ...(await work(at)) }),
  );
  const file = output === undefined ? undefined : resolve(context.workingDirectory, output);
  if (file !== undefined) write(file, text);
  for (const note of notes) terminal.note(`${terminal.noteStyle('yellow', '!')} ${note}`);
  if (file === undefined && terminal.mask(text) !== text)
    terminal.note('What must not be shown stands as *** here; with --output it is in the file.');
  if (terminal.json) terminal.data({ cluster, file, definition, notes });
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
