/** A line on a terminal that shows that work goes on: redrawn in place, gone when the work is done. */
import ora from 'ora';
import { beginningOf } from './fit.ts';
import { columnsOf, plain, type Style } from './style.ts';

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

/** Milliseconds between two lines where nothing can move. */
const LINE_INTERVAL = 2000;

/**
 * Shows a line until it is stopped. The keyboard is left alone (`discardStdin` would switch the terminal to raw mode, in
 * which Ctrl-C and its like are no signals any more); while the program is suspended, the terminal has its cursor.
 */
export function movingLine(screen: NodeJS.WriteStream, style: Style, first: string): SharedProgress {
  let text = first;
  const spinner = ora({
    stream: sized(screen),
    discardStdin: false,
    isEnabled: true,
    color: style === plain ? false : 'cyan',
    // A function, so that each picture has the width that the terminal has by then.
    suffixText: () => beginningOf(text, columnsOf(screen) - 3),
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
      text = next;
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

/** The terminal with a width in any case: ora would count lines without end where a terminal says that it has 0 columns. */
function sized(screen: NodeJS.WriteStream): NodeJS.WriteStream {
  return Object.create(screen, { columns: { get: () => columnsOf(screen) } });
}

/** The same for a terminal that cannot move its cursor: a line now and then, when there is something new. */
export function plainLines(screen: NodeJS.WriteStream, first: string): SharedProgress {
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
