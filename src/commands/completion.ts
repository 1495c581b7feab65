import { FdlError } from '../errors.ts';
import type { CommandContext, CommandSpec, Handler, Listed, OptionSpec } from './command.ts';

const SHELLS: Readonly<Record<string, (catalog: readonly CommandSpec[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Prints a script that completes commands, options and their values, or what such a script asks for, a line each. */
export const run: Handler = async (context, [what, file]) => {
  const { terminal, catalog } = context;
  const list = Object.hasOwn(LISTS, String(what)) ? LISTS[what as Listed] : undefined;
  if (!list) terminal.out(completionScript(String(what), catalog));
  // Whoever presses a key wants no error amid the line.
  else for (const each of await list(context, file).catch(() => [])) terminal.out(each);
  return 0;
};

type List = (context: CommandContext, file: unknown) => Promise<readonly string[]>;

/** Loaded only when asked for: the scripts themselves are made without any of it. */
const LISTS: Readonly<Record<Listed, List>> = {
  templates: async () => (await import('./init.ts')).templateNames(),
  steps: async (context, file) => {
    const { stepNames } = await import('./open-session.ts');
    return stepNames(context, file === '' ? undefined : file);
  },
  parameters: async (context, file) => {
    const { parameterNames } = await import('./open-session.ts');
    return (await parameterNames(context, file === '' ? undefined : file)).map((name) => `${name}=`);
  },
  clusters: async (context) => (await import('./cluster.ts')).clusterNames(context),
};

/**
 * The script for bash, zsh or fish.
 * @throws FdlError `unknown-shell`
 */
export function completionScript(shell: string, catalog: readonly CommandSpec[]): string {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
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
  readonly completes: Listed | undefined;
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
      completes: option.completes,
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
  const helpOfGroups = groupsOf(catalog).map(
    ([name, inner]) => `    help:${name}) COMPREPLY=($(compgen -W "${inner}" -- "$word")); return ;;`,
  );
  const listed = catalog.flatMap((spec) =>
    flagsOf(spec).flatMap(({ long, completes }) =>
      completes
        ? [`    ${spec.name}:${long}) _fdl_listed ${completes}${bashNote(completes)}; return ;;`]
        : [],
    ),
  );
  const words = listedWords(catalog).map(([name, below, what]) =>
    below ? `    ${name}:${below}) _fdl_listed ${what}; return ;;` : `    ${name}:*) _fdl_listed ${what} ;;`,
  );
  return `# bash completion of fdl
# What only fdl knows, one a line. Nothing of it is run, or even looked at by the shell.
_fdl_listed() {
  local each file=""
  for each in "\${COMP_WORDS[@]:2}"; do case "$each" in *.yaml|*.yml) file="$each" ;; esac; done
  while IFS= read -r each; do
    if [[ "$each" == "$word"* ]]; then COMPREPLY+=("$each"); fi
  done < <(fdl completion "$1" "$file" 2>/dev/null)
}
_fdl() {
  COMPREPLY=()
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" flags=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} help --help --version" -- "$word"))
    return
  fi
  case "$command:$previous" in
${[...values, ...listed, ...groups, ...helpOfGroups].join('\n')}
    help:help) COMPREPLY=($(compgen -W "${names}" -- "$word")); return ;;
    completion:*) [[ $word == -* ]] || { COMPREPLY=($(compgen -W "${Object.keys(SHELLS).join(' ')}" -- "$word")); return; } ;;
  esac
  if [[ "$word" == -* ]]; then
    case "$command" in
${flags.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    case "$command:$previous" in
${words.join('\n')}
    esac
    # By lines: names of files may have spaces.
    while IFS= read -r previous; do COMPREPLY+=("$previous"); done < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _fdl fdl`;
}

/** `NAME=` is a word that goes on, and no file. */
function bashNote(listed: Listed): string {
  return listed === 'parameters' ? '; compopt -o nospace +o filenames 2>/dev/null' : '';
}

/** Commands whose words fdl lists, with what it lists; `below` where it is a command below another. */
function listedWords(
  catalog: readonly CommandSpec[],
): readonly (readonly [name: string, below: string | undefined, what: Listed])[] {
  return catalog.flatMap(({ name, completes, subcommands = [] }) => [
    ...(completes ? [[name, undefined, completes] as const] : []),
    ...subcommands.flatMap((below) =>
      below.completes ? [[name, below.name, below.completes] as const] : [],
    ),
  ]);
}

/** Commands that are nothing but others below them, and the names of those. */
function groupsOf(catalog: readonly CommandSpec[]): readonly (readonly [name: string, below: string])[] {
  return catalog.flatMap(({ name, arguments: words, subcommands }) =>
    subcommands && words === undefined
      ? [[name, subcommands.map((below) => below.name).join(' ')] as const]
      : [],
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
    const lines = flagsOf(spec).map(({ long, description, takesValue, choices, completes }) => {
      const listed = completes ? `_fdl_${completes}` : '_files';
      const value =
        choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? `:value:${listed}` : '';
      return `        '${long}[${quote(description)}]${value}'`;
    });
    const [, inner] = groups.find(([name]) => name === spec.name) ?? [];
    const shells = spec.name === 'completion' ? Object.keys(SHELLS).join(' ') : undefined;
    const rest = shells
      ? `'*:shell:(${shells})'`
      : inner
        ? `'1:command:(${inner})' '*: :_fdl_clusters'`
        : spec.completes
          ? `'*: :_fdl_${spec.completes}_or_files'`
          : "'*:file:_files'";
    return `    ${spec.name})\n      _arguments \\\n${lines.join(' \\\n')} \\\n        ${rest} ;;`;
  });
  return `#compdef fdl
# What only fdl knows, one a line.
_fdl_listed() {
  local -a files=(\${(M)words:#*.(yaml|yml)})
  local -a found=(\${(f)"$(fdl completion "$1" "\${files[1]}" 2>/dev/null)"})
  compadd "\${@:2}" -a found
}
_fdl_templates() { _fdl_listed templates }
_fdl_steps() { _fdl_listed steps }
_fdl_clusters() { _fdl_listed clusters }
_fdl_parameters() { _fdl_listed parameters -S '' }
_fdl_templates_or_files() { _alternative 'templates:template:_fdl_templates' 'files:file:_files' }
_fdl_steps_or_files() { _alternative 'steps:step:_fdl_steps' 'files:file:_files' }
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
    help)
      case "\${words[2]}" in
${groups.map(([name, inner]) => `        ${name}) _arguments '1:command:(${name})' '2:command:(${inner})' ;;`).join('\n')}
        *) _arguments '1:command:(${catalog.map(({ name }) => name).join(' ')})' ;;
      esac ;;
  esac
}
# From a folder of fpath, this file itself is the function at its first call; sourced, it says what it is for.
if [ "\${funcstack[1]}" = _fdl ]; then
  _fdl "$@"
else
  compdef _fdl fdl
fi`;
}

/** What only fdl knows, as fish asks for it; of the file that stands on the line, if there is one. */
function listedBy(what: Listed): string {
  const file =
    what === 'steps' || what === 'parameters' ? ' (commandline -opc | string match "*.y*ml")[1]' : '';
  return `(fdl completion ${what}${file} 2>/dev/null)`;
}

function fishScript(catalog: readonly CommandSpec[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const commands = catalog.map(
    ({ name, summary }) => `complete -c fdl -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
  );
  const flags = catalog.flatMap((spec) =>
    flagsOf(spec).map(({ short, long, description, takesValue, choices: fixed, completes }) => {
      const choices = completes ? [listedBy(completes)] : fixed;
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
  const words = listedWords(catalog).map(([name, below, what]) => {
    const seen = [name, ...(below ? [below] : [])].map((each) => `__fish_seen_subcommand_from ${each}`);
    return `complete -c fdl -n ${quote(seen.join('; and '))} -a ${quote(listedBy(what))}`;
  });
  const belowHelp = groupsOf(catalog).map(
    ([name, inner]) =>
      `complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from ${name}' -f -a ${quote(inner)}`,
  );
  const names = catalog.map(({ name }) => name).join(' ');
  const help = [
    ...belowHelp,
    "complete -c fdl -n __fish_use_subcommand -f -a help -d 'show help'",
    `complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 2' -f -a ${quote(names)}`,
  ];
  return ['# fish completion of fdl', ...commands, ...help, ...flags, ...groups, ...words, shells].join('\n');
}
