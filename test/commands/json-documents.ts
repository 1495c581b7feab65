/** Holds what commands print with `--json` against the schemas that the package has. */
import Ajv, { type ErrorObject } from 'ajv';
import output from '../../schemas/fdl-output.schema.json' with { type: 'json' };
import { CATALOG } from '../../src/commands/catalog.ts';
import { LINES } from '../../src/commands/documents/index.ts';

// The pattern of times says what their format does.
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(output);

/** What is wrong with a document of a command, or with the `failure` of any. */
export function problemWithDocument(name: string, document: unknown): string | undefined {
  const definition = name.replaceAll(' ', '-');
  const validate = ajv.getSchema(`${output.$id}#/definitions/${definition}`);
  if (!validate) return `there is no schema of what "${name}" prints`;
  return validate(document) ? undefined : problemText(validate.errors ?? []);
}

function problemText(errors: readonly ErrorObject[]): string {
  return errors
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

/** The command that a command line calls: `plan`, `cluster add`; absent where it calls none. */
function commandOf(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const spec = CATALOG.find(({ name }) => name === first);
  if (!spec?.subcommands) return spec?.name;
  const below = spec.subcommands.find(({ name }) => name === second);
  // What takes arguments does something by itself; of the others, that is `ls`.
  if (!below && spec.arguments !== undefined) return spec.name;
  return `${spec.name} ${below?.name ?? 'ls'}`;
}

/** A command line that ended by itself, and what it printed. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** Codes after which a command may have printed nothing: a second signal ends it at once. */
const CUT_SHORT: readonly (number | null)[] = [null, 129, 130, 143];

/** What is wrong with the standard output of a command line with `--json`; nothing for any other. */
export function problemWithOutput(args: readonly string[], { code, stdout }: Ended): string | undefined {
  if (!args.includes('--json') || args.some((arg) => ['-h', '--help'].includes(arg))) return undefined;
  const command = commandOf(args);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const isStream = command !== undefined && LINES.includes(command);
  const isCut = CUT_SHORT.includes(code);
  if (!isStream && lines.length !== 1 && !(isCut && lines.length === 0))
    return `fdl ${args.join(' ')} printed ${lines.length} documents, and ended with ${code}`;
  const complete = code === null ? lines.slice(0, -1) : lines;
  for (const line of complete) {
    const problem = problemWithLine(command, line);
    if (problem !== undefined) return `fdl ${args.join(' ')} printed ${line}\n${problem}`;
  }
  return undefined;
}

function problemWithLine(command: string | undefined, line: string): string | undefined {
  const document = JSON.parse(line) as object;
  const isFailure = command === undefined || Object.keys(document).join() === 'error';
  return problemWithDocument(isFailure ? 'failure' : command, document);
}
