import { FdlError } from '../errors.ts';
import type { CommandSpec, Handler, OptionSpec } from './command.ts';

const SHELLS: Readonly<Record<string, (catalog: readonly CommandSpec[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Prints a script that completes commands, options and their values; for everything else, files. */
export const run: Handler = async ({ terminal, catalog }, [shell]) => {
  terminal.out(completionScript(String(shell), catalog));
  return 0;
};

/**
 * The script for bash, zsh or fish.
 * @throws FdlError `unknown-shell`
 */
export function completionScript(shell: string, catalog: readonly CommandSpec[]): string {
  const script = SHELLS[shell];
  if (script) return script(catalog);
  const hint = `Use one of ${Object.keys(SHELLS).join(', ')}.`;
  throw new FdlError('unknown-shell', `there is no completion for "${shell}"`, { hint, exitCode: 2 });
}

interface Flag {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The options of a command; where others are below it, those of all of them. */
function flagsOf({ options, subcommands = [] }: CommandSpec): readonly Flag[] {
  const help: OptionSpec = { flags: '-h, --help', description: 'show help' };
  const all = [...options, ...subcommands.flatMap((below) => below.options), help];
  return [...new Map(all.map((option) => [option.flags, option])).values()].map((option) => {
    const { flags, description } = option;
    const choices = option.choices ?? [];
    return {
      short: /^-(\w)\b/.exec(flags)?.[1],
      long: /--[\w-]+/.exec(flags)?.[0] ?? '',
      description,
      takesValue: flags.includes('<'),
      choices,
    };
  });
}

function bashScript(catalog: readonly CommandSpec[]): string {
  const names = catalog.map(({ name }) => name).join(' ');
  const flags = catalog.map(
    (spec) =>
      `      ${spec.name}) flags="${flagsOf(spec)
        .map(({ long }) => long)
        .join(' ')}" ;;`,
  );
  const values = choiceFlags(catalog).map(
    ([name, flag]) =>
      `    ${name}:${flag.long}) COMPREPLY=($(compgen -W "${flag.choices.join(' ')}" -- "$word")); return ;;`,
  );
  const groups = groupsOf(catalog).map(
    ([name, inner]) =>
      `    ${name}:${name}) COMPREPLY=($(compgen -W "${inner} --help" -- "$word")); return ;;`,
  );
  return `# bash completion of fdl
_fdl() {
  COMPREPLY=()
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" flags=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} help --help --version" -- "$word"))
    return
  fi
  case "$command:$previous" in
${[...values, ...groups].join('\n')}
    help:*) COMPREPLY=($(compgen -W "${names}" -- "$word")); return ;;
    completion:*) COMPREPLY=($(compgen -W "${Object.keys(SHELLS).join(' ')}" -- "$word")); return ;;
  esac
  if [[ "$word" == -* ]]; then
    case "$command" in
${flags.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    # By lines: names of files may have spaces.
    while IFS= read -r previous; do COMPREPLY+=("$previous"); done < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _fdl fdl`;
}

/** Commands with others below them, and the names of those. */
function groupsOf(catalog: readonly CommandSpec[]): readonly (readonly [name: string, below: string])[] {
  return catalog.flatMap(({ name, subcommands }) =>
    subcommands ? [[name, subcommands.map((below) => below.name).join(' ')] as const] : [],
  );
}

function choiceFlags(catalog: readonly CommandSpec[]): readonly (readonly [string, Flag])[] {
  return catalog.flatMap((spec) =>
    flagsOf(spec)
      .filter(({ choices }) => choices.length > 0)
      .map((flag) => [spec.name, flag] as const),
  );
}

function zshScript(catalog: readonly CommandSpec[]): string {
  const quote = (text: string) => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, '\\$&');
  const commands = catalog.map(({ name, summary }) => `    '${name}:${quote(summary)}'`);
  const groups = groupsOf(catalog);
  const cases = catalog.map((spec) => {
    const lines = flagsOf(spec).map(({ long, description, takesValue, choices }) => {
      const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? ':value:_files' : '';
      return `        '${long}[${quote(description)}]${value}'`;
    });
    const [, inner] = groups.find(([name]) => name === spec.name) ?? [];
    const shells = spec.name === 'completion' ? Object.keys(SHELLS).join(' ') : undefined;
    const rest = shells
      ? `'*:shell:(${shells})'`
      : inner
        ? `'1:command:(${inner})' '*:file:_files'`
        : "'*:file:_files'";
    return `    ${spec.name})\n      _arguments \\\n${lines.join(' \\\n')} \\\n        ${rest} ;;`;
  });
  return `#compdef fdl
_fdl() {
  local -a commands=(
${[...commands, "    'help:show help'"].join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
    help) _arguments '1:command:(${catalog.map(({ name }) => name).join(' ')})' ;;
  esac
}
# From a folder of fpath, this file itself is the function at its first call; sourced, it says what it is for.
if [ "\${funcstack[1]}" = _fdl ]; then
  _fdl "$@"
else
  compdef _fdl fdl
fi`;
}

function fishScript(catalog: readonly CommandSpec[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const commands = catalog.map(
    ({ name, summary }) => `complete -c fdl -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
  );
  const flags = catalog.flatMap((spec) =>
    flagsOf(spec).map(({ short, long, description, takesValue, choices }) => {
      const value = takesValue ? (choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ' -r') : '';
      const letter = short ? ` -s ${short}` : '';
      const when = quote(`__fish_seen_subcommand_from ${spec.name}`);
      return `complete -c fdl -n ${when}${letter} -l ${long.slice(2)} -d ${quote(description)}${value}`;
    }),
  );
  const shells = `complete -c fdl -n '__fish_seen_subcommand_from completion' -f -a '${Object.keys(SHELLS).join(' ')}'`;
  const groups = groupsOf(catalog).map(
    ([name, inner]) => `complete -c fdl -n '__fish_seen_subcommand_from ${name}' -f -a ${quote(inner)}`,
  );
  const names = catalog.map(({ name }) => name).join(' ');
  const help = [
    "complete -c fdl -n __fish_use_subcommand -f -a help -d 'show help'",
    `complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 2' -f -a ${quote(names)}`,
  ];
  return ['# fish completion of fdl', ...commands, ...help, ...flags, ...groups, shells].join('\n');
}
