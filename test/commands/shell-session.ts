/** Shells in a terminal of their own, where somebody types and presses the tabulator. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * How a shell starts without the settings of this machine, reads a script, and shows what is typed so far on Ctrl-G,
 * between `<` and `>`. Its prompt is written so that the line that sets it does not look like it.
 */
const SETTINGS: Readonly<
  Record<Shell, { readonly options: string; prepare(script: string, fromFolder: boolean): string }>
> = {
  bash: {
    options: '--norc --noprofile -i',
    prepare: (script) =>
      `source ${script}; show() { echo "<$READLINE_LINE>"; }; bind -x '"\\C-g": show'; PS1='re''ady>'`,
  },
  zsh: {
    options: '-f -i',
    prepare: (script, fromFolder) =>
      `${fromFolder ? `fpath=(${script} $fpath)` : ''}; autoload -Uz compinit; compinit -D -u; ${fromFolder ? '' : `source ${script}`}; show() { print; print -r -- "<$BUFFER>" }; zle -N show; bindkey '^G' show; PS1='re''ady>'`,
  },
  fish: {
    options: '--no-config -i',
    prepare: (script, fromFolder) =>
      `${fromFolder ? `set fish_complete_path (realpath ${script})` : `source ${script}`}; bind \\cg 'echo; echo "<"(commandline)">"'; function fish_prompt; echo -n re''ady\\>; end`,
  },
};

const [TAB, SHOW, CLEAR] = ['\t', '\x07', '\x15'];

export interface ShellSession {
  /** What stands on the line after the tabulator was pressed behind a text. */
  complete(text: string): Promise<string>;
  /** Leaves the shell, and waits until it has written its history, which it does into its folder. */
  close(): Promise<void>;
}

/**
 * Starts a shell in a folder, and has it read a script of that folder, or, for zsh and fish, look for scripts in a folder
 * that is named as one.
 */
export async function startShell(shell: Shell, folder: string, script: string): Promise<ShellSession> {
  const { options, prepare } = SETTINGS[shell];
  const child = spawn('script', ['-qfec', `${shell} ${options}`, '/dev/null'], {
    cwd: folder,
    env: { PATH: `${folder}/bin:${process.env['PATH']}`, HOME: folder, TERM: 'dumb', LANG: 'C.UTF-8' },
  });
  child.stdin.write(`${prepare(script, script.endsWith('/'))}\n`);
  await heard(child, /ready>/);
  return {
    complete: async (text) => {
      const answer = heard(child, /<(.*)>\r?\n/);
      child.stdin.write(CLEAR + text + TAB + SHOW);
      return (await answer)[1] ?? '';
    },
    close: async () => {
      const ended = once(child, 'close');
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      child.stdin.write(`${CLEAR}exit\n`);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Milliseconds until a shell must have said something. */
const PATIENCE = 20_000;

/** Waits for the shell to say, from now on, what matches. */
function heard(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<RegExpExecArray> {
  let said = '';
  return new Promise((resolve, reject) => {
    const give = (then: () => void) => {
      clearTimeout(timer);
      child.stdout.off('data', listen);
      then();
    };
    const timer = setTimeout(() => give(() => reject(new Error(`no ${pattern} in ${said}`))), PATIENCE);
    const listen = (data: Buffer) => {
      said += data;
      const found = pattern.exec(said);
      if (found) give(() => resolve(found));
    };
    child.stdout.on('data', listen);
  });
}
