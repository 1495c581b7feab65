/** Command lines that are proposed: they can be pasted into a shell as they stand. */

/** What tells a workflow apart, after `fdl COMMAND`. */
export interface WorkflowLine {
  readonly file: string;
  readonly local?: boolean | undefined;
  /** Name given on the command line. */
  readonly workflow?: string | undefined;
  /** `NAME=VALUE`, for parameters of the file. */
  readonly param?: readonly string[] | undefined;
  /** File with values of parameters. */
  readonly params?: string | undefined;
}

/** `fdl COMMAND FILE`, with the options that lead to the same workflow. */
export function commandLine(
  command: string,
  { file, local, workflow, param = [], params }: WorkflowLine,
): string {
  const option = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` --${name} ${shellWord(value)}`;
  const values = [option('params', params), ...param.map((each) => option('param', each))].join('');
  return `fdl ${command} ${shellWord(file)}${local ? ' --local' : ''}${option('workflow', workflow)}${values}`;
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
