/** Lines on a terminal that show that work goes on: redrawn in place, gone when the work is done. */
import { elapsedText } from './amount.ts';
import { beginningOf, textWidth } from './fit.ts';
import { columnsOf, plain, type Style } from './style.ts';

/** What is shown of work that goes on. */
export interface Shown {
  /** All of it on one line. */
  readonly line: string;
  /** Parts of it, one on each line below that, where the terminal has room for them. */
  readonly rows?: readonly string[] | undefined;
  /** When it began, by `performance.now()`: how long it takes is shown. */
  readonly since?: number | undefined;
}

/** Work that takes a while. */
export interface Progress {
  update(shown: Shown): void;
  /** Takes the lines away. */
  stop(): void;
}

/** Progress that shares its screen with other text. */
export interface SharedProgress extends Progress {
  /** Writes something else: the lines make room for it. */
  aside(write: () => void): void;
}

/** Columns from which on a terminal shows the rows, too. */
const WIDE = 100;
/** Lines of a screen that are left to what else is written. */
const LEFT = 4;

/**
 * Shows lines until they are stopped. The keyboard is left alone (`discardStdin` would switch the terminal to raw mode, in
 * which Ctrl-C and its like are no signals any more); while the program is suspended, the terminal has its cursor.
 */
export async function movingLine(
  screen: NodeJS.WriteStream,
  style: Style,
  first: Shown,
): Promise<SharedProgress> {
  // It takes a while to load, and most runs in scripts show nothing that moves.
  const { default: ora } = await import('ora');
  let shown = first;
  const drawn: Drawn = { widths: [] };
  const spinner = ora({
    stream: sized(screen, drawn),
    discardStdin: false,
    isEnabled: true,
    color: style === plain ? false : 'cyan',
    // A function, so that each picture has the width that the terminal has by then.
    suffixText: () => {
      // The cursor has a line of its own below: some terminals fold all lines but the one with the cursor.
      const columns = columnsNow(screen);
      const text = `${picture(shown, columns, (screen.rows || 24) - LEFT)}\n`;
      const widths = text.split('\n').map((line, index) => textWidth(line) + (index === 0 ? MARK : 0));
      // They fit, whatever a letter may count for.
      drawn.widths = widths.map((width) => Math.min(width, columns));
      return text;
    },
  });
  const show = () => {
    if (spinner.isSpinning) return;
    // First, since whoever sees the line may press a key at once.
    process.on('exit', stop).on('SIGTSTP', suspend);
    spinner.start();
  };
  function stop(): void {
    if (!spinner.isSpinning) return;
    process.off('exit', stop).off('SIGTSTP', suspend);
    spinner.stop();
  }
  function suspend(): void {
    stop();
    // Nobody listens any more: this suspends the process, here, until somebody wakes it.
    process.kill(process.pid, 'SIGTSTP');
    show();
  }
  show();
  return {
    update(next) {
      shown = next;
      show();
    },
    stop,
    aside(write) {
      spinner.clear();
      write();
      if (spinner.isSpinning) spinner.render();
    },
  };
}

/** As the terminal says at this moment: its signal that they changed may not have been heard yet. */
function columnsNow(screen: NodeJS.WriteStream): number {
  try {
    return screen.getWindowSize()[0] || columnsOf(screen);
  } catch {
    return columnsOf(screen);
  }
}

/** Columns of the picture that moves, with what stands behind it. */
const MARK = 3;

/** What is on the screen now. */
interface Drawn {
  /** Columns of each line. */
  widths: readonly number[];
}

/**
 * The terminal with a width in any case: ora would count lines without end where a terminal says that it has 0 columns.
 * Before ora takes its lines away, which starts with the cursor in the first column, rows go that a terminal made of them
 * when it became narrower: terminals fold what they show then, but for a few (xterm itself) that cut it off.
 */
function sized(screen: NodeJS.WriteStream, drawn: Drawn): NodeJS.WriteStream {
  const cursorTo: NodeJS.WriteStream['cursorTo'] = (x: number, ...rest: unknown[]) => {
    const columns = columnsNow(screen);
    const rows = drawn.widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    for (let extra = rows - drawn.widths.length; extra > 0; extra -= 1) {
      screen.clearLine(0);
      screen.moveCursor(0, -1);
    }
    drawn.widths = [];
    return screen.cursorTo(x, ...(rest as []));
  };
  return Object.create(screen, { columns: { get: () => columnsNow(screen) }, cursorTo: { value: cursorTo } });
}

/** One line on a narrow terminal. On a wide one also the rows, as many as the screen has room for. */
function picture(shown: Shown, columns: number, most: number): string {
  const { rows = [] } = shown;
  const lines: string[] = [];
  if (columns >= WIDE && rows.length > 1) {
    lines.push(...rows.slice(0, rows.length > most ? most - 1 : most).map((row) => `  ${row}`));
    if (rows.length > most) lines.push(`  … and ${rows.length - most + 1} more`);
  }
  const fitted = lines.map((line) => beginningOf(oneLine(line), columns - MARK));
  return [headOf(shown, columns - MARK), ...fitted].join('\n');
}

/** Columns from which on the time stays where the line before it has to be cut. */
const ROOM_FOR_TIME = 37;

function headOf(shown: Shown, columns: number): string {
  if (columns < ROOM_FOR_TIME) return beginningOf(oneLine(lineOf(shown)), columns);
  const time = timeOf(shown);
  return beginningOf(oneLine(shown.line), columns - textWidth(time)) + time;
}

function lineOf(shown: Shown): string {
  return shown.line + timeOf(shown);
}

/** ` · 12 s`, or nothing for what has just begun. */
function timeOf({ since }: Shown): string {
  const elapsed = since === undefined ? '' : elapsedText(performance.now() - since);
  return elapsed === '' ? '' : ` · ${elapsed}`;
}

function oneLine(text: string): string {
  return text.replace(/[\n\t]+/g, ' ');
}

/** Milliseconds between two lines on a terminal where nothing can move, and where there is none. */
const DUMB_INTERVAL = 2000;
const QUIET_INTERVAL = 30_000;

/** The same for a terminal that cannot move its cursor: a line now and then, when there is something new. */
export function plainLines(write: (line: string) => void, first: Shown): SharedProgress {
  let last = first.line;
  let next = performance.now() + DUMB_INTERVAL;
  write(first.line);
  return {
    update(shown) {
      if (shown.line === last || performance.now() < next) return;
      last = shown.line;
      next = performance.now() + DUMB_INTERVAL;
      write(lineOf(shown));
    },
    stop: () => {},
    aside: (other) => other(),
  };
}

/** When something was said last where there is no terminal, by `performance.now()`; the same for all work of a command. */
export interface Silence {
  since: number;
}

/** The same for a log: what takes longer than half a minute says so every half minute. */
export function quietLines(write: (line: string) => void, silence: Silence, first: Shown): SharedProgress {
  let shown = first;
  const say = () => {
    if (performance.now() - silence.since < QUIET_INTERVAL) return;
    silence.since = performance.now();
    write(lineOf(shown));
  };
  const timer = setInterval(say, 1000);
  timer.unref();
  return {
    update(next) {
      shown = next;
    },
    stop: () => clearInterval(timer),
    aside: (other) => other(),
  };
}
