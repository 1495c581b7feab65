import type { Handler } from './command.ts';
import { reportMoved } from './moves.ts';
import { type FilesOptions, filesOf } from './open-files.ts';

interface Options extends FilesOptions {
  readonly recursive?: boolean;
  readonly checksum?: boolean;
  readonly force?: boolean;
}

/** Copies from one place to another: objects, files, and with `-r` folders. */
export const run: Handler = async (
  context,
  [from, to],
  { recursive, checksum, force, ...options }: Options,
) => {
  const started = performance.now();
  const files = filesOf(context, options);
  const moved = await files.copy(String(from), String(to), { recursive, checksum, force });
  return reportMoved(context, moved, performance.now() - started);
};
