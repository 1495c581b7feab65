/** Command lines that are proposed: they can be pasted into a shell as they stand. */

/** What tells a workflow apart, after `fdl COMMAND`. */
export interface WorkflowLine {
  readonly file: string;
  readonly local?: boolean | undefined;
  /** Name given on the command line. */
  readonly workflow?: string | undefined;
}

/** `fdl COMMAND FILE`, with the options that lead to the same workflow. */
export function commandLine(command: string, { file, local, workflow }: WorkflowLine): string {
  const name = workflow === undefined ? '' : ` --workflow ${shellWord(workflow)}`;
  return `fdl ${command} ${shellWord(file)}${local ? ' --local' : ''}${name}`;
}

/** A text as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
