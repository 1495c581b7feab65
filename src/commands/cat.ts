import type { Handler } from './command.ts';
import { type FilesOptions, filesOf } from './open-files.ts';

/** Writes the content of objects to standard output, one after the other. */
export const run: Handler = async (context, [given], options: FilesOptions) => {
  const files = filesOf(context, options);
  for (const place of given as readonly string[]) await context.terminal.pour(await files.read(place));
  return 0;
};
