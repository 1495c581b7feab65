/** A line on a terminal that shows that work goes on: redrawn in place, gone when the work is done. */
import { stripVTControlCharacters } from 'node:util';
import { columnsOf, type Style } from './style.ts';

/** Work that takes a while. */
export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

/** Progress that shares its screen with other text. */
export interface SharedProgress extends Progress {
  /** Writes something else: the line makes room for it. */
  aside(write: () => void): void;
}

type Screen = Pick<NodeJS.WriteStream, 'write' | 'columns'>;

/** The console of Linux has no braille. */
const FRAMES = process.env['TERM'] === 'linux' ? [...'|/-\\'] : [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
/** Milliseconds between two pictures, and between two lines where nothing can move. */
const INTERVAL = 80;
const LINE_INTERVAL = 2000;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE = '\r\x1b[2K';

/**
 * Shows a line until it is stopped. The keyboard is left alone, so that Ctrl-C and its like are signals as ever; while
 * the program is suspended, the terminal has its cursor.
 */
export function movingLine(screen: Screen, style: Style, first: string): SharedProgress {
  let text = first;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    const line = shortened(text, columnsOf(screen) - 3);
    screen.write(`${CLEAR_LINE}${style('cyan', FRAMES[frame % FRAMES.length] ?? '')} ${line}`);
  };
  const move = () => {
    frame += 1;
    draw();
  };
  const show = () => {
    if (timer) return;
    screen.write(HIDE_CURSOR);
    draw();
    timer = setInterval(move, INTERVAL).unref();
    process.on('exit', stop).on('SIGTSTP', suspend);
  };
  function stop(): void {
    if (!timer) return;
    clearInterval(timer);
    timer = undefined;
    process.off('exit', stop).off('SIGTSTP', suspend);
    screen.write(`${CLEAR_LINE}${SHOW_CURSOR}`);
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
      text = next;
      show();
    },
    stop,
    aside(write) {
      if (timer) screen.write(CLEAR_LINE);
      write();
      if (timer) draw();
    },
  };
}

/** The same for a terminal that cannot move its cursor: a line now and then, when there is something new. */
export function plainLines(screen: Screen, first: string): SharedProgress {
  let last = first;
  let next = performance.now() + LINE_INTERVAL;
  screen.write(`${first}\n`);
  return {
    update(text) {
      if (text === last || performance.now() < next) return;
      last = text;
      next = performance.now() + LINE_INTERVAL;
      screen.write(`${text}\n`);
    },
    stop: () => {},
    aside: (write) => write(),
  };
}

/** The first of some kinds of letters that take two columns; what follows counts as such, which may be too much. */
const FIRST_WIDE = 0x1100;

/** As much of a text as fits on one line of a terminal. */
function shortened(text: string, columns: number): string {
  let room = columns;
  let shown = '';
  for (const letter of stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')) {
    room -= (letter.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2;
    if (room < 1) return `${shown}…`;
    shown += letter;
  }
  return shown;
}
