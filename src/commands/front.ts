/** What each command line needs but `--version`: one file of the build. */
export { errorJson, errorText } from '../terminal/diagnostics.ts';
export { createTerminal, plainly } from '../terminal/terminal.ts';
export { CATALOG } from './catalog.ts';
export { makeProgram, optionalValuesApart, withoutHelp } from './program.ts';
