/** The catalog as a commander program. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../fdl/suggest.ts';
import type { CommandContext, CommandSpec, ExitCode, OptionSpec } from './command.ts';

export interface ProgramOptions {
  readonly version: string;
  /** The command that is called: of the others, only name and summary are needed. Absent for all. */
  readonly called?: string | undefined;
  /** Makes the context once it is known whether JSON is wanted. */
  readonly context: (options: { json: boolean }) => CommandContext;
  readonly write: { readonly out: (text: string) => void; readonly error: (text: string) => void };
}

/** A program whose `parseAsync` runs a command and hands over its exit code; commander's own errors are thrown. */
export function makeProgram(
  catalog: readonly CommandSpec[],
  { version, called, context, write }: ProgramOptions,
  done: (code: ExitCode) => void,
): Command {
  const program = new Command('fdl')
    .description('Deploy and run data-driven container workflows across clouds from one YAML file.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .addHelpText('after', `\n${examplesText(START)}\nHelp of a command: fdl help <command>\n`)
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.error })
    .showHelpAfterError('(fdl --help lists commands and options)');
  // All others are answered with the nearest command.
  if (called !== undefined && Object.hasOwn(HABITS, called))
    program.on('command:*', () => refuseUnknown(program, called));
  // Making all options of all commands takes longer than all else that starting takes.
  const isKnown = catalog.some(({ name }) => name === called);
  for (const spec of catalog) {
    const command = program.command(spec.name).summary(spec.summary);
    if (!isKnown || spec.name === called) describeCommand(command, spec, context, done);
  }
  return program;
}

/** What other tools call what a command here does. */
const HABITS: Readonly<Record<string, string>> = {
  destroy: 'rm',
  delete: 'rm',
  remove: 'rm',
  undeploy: 'rm',
  down: 'rm',
  up: 'apply',
  deploy: 'apply',
  create: 'apply',
  update: 'apply',
  diff: 'plan',
  preview: 'plan',
  check: 'validate',
  lint: 'validate',
  list: 'ls',
  log: 'logs',
  upload: 'put',
  download: 'get',
  call: 'invoke',
  new: 'init',
  watch: 'dev',
};

/**
 * `help cluster add` as `cluster add --help`, which is what commander understands; all else as it is. Where there is no
 * such command, the name alone, so that this is what is said.
 */
export function withoutHelp(argv: readonly string[], catalog: readonly CommandSpec[]): readonly string[] {
  const [help, ...names] = argv;
  if (help !== 'help' || names.length === 0 || names[0]?.startsWith('-')) return argv;
  let below: readonly CommandSpec[] = catalog;
  for (const [index, name] of names.entries()) {
    // Nobody who asks for help wants the command to run with what else stands there.
    if (below.length === 0 || name.startsWith('-')) return [...names.slice(0, index), '--help'];
    const spec = below.find((each) => each.name === name);
    if (!spec) return names.slice(0, index + 1);
    below = spec.subcommands ?? [];
  }
  return [...names, '--help'];
}

/**
 * An option whose value may be left out has it behind `=` only: what follows it is an argument. Commander would take that, so
 * such options come last, where nothing follows.
 */
export function optionalValuesApart(
  argv: readonly string[],
  catalog: readonly CommandSpec[],
): readonly string[] {
  const { options = [] } = catalog.find(({ name }) => name === argv[0]) ?? {};
  const names = options.flatMap(({ flags }) => /^(--\S+) \[/.exec(flags)?.[1] ?? []);
  const end = argv.indexOf('--');
  const [before, after] = end === -1 ? [argv, []] : [argv.slice(0, end), argv.slice(end)];
  const isBare = (arg: string) => names.includes(arg);
  return [...before.filter((arg) => !isBare(arg)), ...before.filter(isBare), ...after];
}

const START: CommandSpec['examples'] = [
  ['fdl init hello', 'start a workflow'],
  ['fdl run workflow.yaml input.txt --local -o out', 'run it on this machine'],
  ['fdl apply workflow.yaml', 'deploy it'],
];

function describeCommand(
  command: Command,
  spec: CommandSpec,
  context: ProgramOptions['context'],
  done: (code: ExitCode) => void,
): void {
  command.showHelpAfterError(`(fdl help ${wholeName(command)} shows its arguments and options)`);
  command.description(`${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}.`);
  for (const [index, name] of (spec.arguments?.split(' ') ?? []).entries()) {
    command.addArgument(new Argument(name, spec.argumentHelp?.[index]));
  }
  for (const option of spec.options) command.addOption(makeOption(option));
  command.addHelpText('after', `\n${examplesText(spec.examples)}`);
  for (const below of spec.subcommands ?? []) {
    describeCommand(command.command(below.name).summary(below.summary), below, context, done);
  }
  // What is no name of a command below it is an argument, where it has some.
  const isGroup = spec.subcommands !== undefined && spec.arguments === undefined;
  command.allowExcessArguments(isGroup);
  command.action(async (...received: unknown[]) => {
    const [unknown] = isGroup ? command.args : [];
    if (unknown !== undefined) refuseUnknown(command, unknown);
    // The command above takes an option that both have.
    const options = command.optsWithGlobals();
    const args = received.slice(0, -2) as (string | readonly string[] | undefined)[];
    const run = await spec.load();
    done(await run(context({ json: options['json'] === true }), args, options));
  });
}

/** `cluster add`. */
function wholeName(command: Command): string {
  const above = command.parent?.parent ? `${wholeName(command.parent)} ` : '';
  return above + command.name();
}

/** As commander does where a command has nothing to do by itself, and with what other tools call it. */
function refuseUnknown(command: Command, name: string): never {
  const known = command.commands.map((below) => below.name());
  const habit = Object.hasOwn(HABITS, name) ? HABITS[name] : undefined;
  const meant = habit !== undefined && known.includes(habit) ? habit : nearest(name, known);
  const guess = meant ? `\n(Did you mean ${meant}?)` : '';
  command.error(`error: unknown command '${name}'${guess}`, { code: 'commander.unknownCommand' });
}

function examplesText(examples: CommandSpec['examples']): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const rows = examples.map(([line, what]) =>
    width > 50 ? `  # ${what}\n  ${line}` : `  ${line.padEnd(width)}  # ${what}`,
  );
  return ['Examples:', ...rows, ''].join('\n');
}

function makeOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices) option.choices(spec.choices);
  if (spec.min !== undefined) option.argParser((text) => wholeNumber(text, spec.min ?? 0));
  else if (spec.repeats) option.argParser((text, all: readonly string[] = []) => [...all, notEmpty(text)]);
  else if (option.required && !spec.choices && !spec.mayBeEmpty) option.argParser(notEmpty);
  if (spec.default !== undefined) option.default(spec.default);
  return option;
}

/** As a folder, for one, nothing would be the one that somebody is in. */
function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It is empty: is a variable in the command not set?');
}

function wholeNumber(text: string, min: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min) return number;
  throw new InvalidArgumentError(`Not a whole number from ${min} on.`);
}
