/** How far something is that takes a while, as lines on a terminal. */
import type { Activity, Moving } from '../session/events.ts';
import { bytesText, countOf, elapsedText } from '../terminal/amount.ts';
import { eventText } from '../terminal/plan-text.ts';
import { countsText, shortStepsText, stepRows } from '../terminal/run-text.ts';
import type { Style } from '../terminal/style.ts';
import type { Shown } from '../terminal/terminal.ts';
import { nameText } from '../terminal/visible.ts';

/** `elapsed`: milliseconds since it began. */
export function activityShown(activity: Activity, style: Style, elapsed: number): Omit<Shown, 'since'> {
  if (activity.name === 'working') {
    const { counts, steps } = activity;
    const each = steps.length > 1 ? `: ${shortStepsText(steps)}` : '';
    return { line: `${countsText(counts)}${each}`, rows: stepRows(steps) };
  }
  if (activity.name === 'applying' && activity.work) {
    const { counts, running } = activity.work;
    const rows = running.map((event) => eventText(event, style));
    return { line: [countsText(counts), ...rows.slice(-1)].join(': '), rows };
  }
  const { each = [] } = 'each' in activity ? activity : {};
  return { line: activityText(activity, elapsed), rows: each.map(partText) };
}

/** `12 MB of 40 MB  s3://bucket/key`. */
function partText({ name, bytes, size }: Moving['each'][number]): string {
  return `${bytesText(bytes)} of ${bytesText(size)}`.padEnd(PART_COLUMNS) + nameText(name);
}

function activityText(activity: Activity, elapsed: number): string {
  switch (activity.name) {
    case 'reading': {
      const { event } = activity;
      if (!event) return 'reading';
      return event.type === 'read' ? `read ${event.done} of ${event.total}` : event.message;
    }
    case 'calling':
      return `calling ${activity.step}`;
    case 'waiting':
      return 'waiting for the first step';
    case 'deleting':
      return `deleted ${activity.done} of ${countOf(activity.of, 'object')}`;
    case 'uploading':
    case 'downloading':
    case 'copying':
      return `${activity.name} ${movedText(activity, elapsed)}`;
    default:
      return activity.name;
  }
}

/** Columns of two amounts, and what stands around them. */
const PART_COLUMNS = 20;

/** Milliseconds before which a rate says nothing yet. */
const TOO_SOON = 1000;
/** Bytes that could be moved in the time that a file takes besides: of small files, the number counts and not the size. */
const EACH = 256 * 1024;

/** `3 of 10 files, 12 MB of 40 MB, 7 s left, 4.0 MB/s`; of small files, the rate is in files. */
function movedText({ moved, total }: Pick<Moving, 'moved' | 'total'>, elapsed: number): string {
  const { files, settled, failed } = moved;
  const bytes = Math.max(0, moved.bytes);
  const parts = [`${settled} of ${countOf(files, 'file')}`, `${bytesText(bytes)} of ${bytesText(total)}`];
  if (failed > 0) parts.push(`${failed} failed`);
  const done = bytes + settled * EACH;
  if (elapsed < TOO_SOON || done === 0) return parts.join(', ');
  const left = elapsedText(((total + files * EACH - done) / done) * elapsed);
  const rateOf = (amount: number) => Math.round((amount / elapsed) * 1000);
  const rate = total < files * EACH ? `${rateOf(settled)} files/s` : `${bytesText(rateOf(bytes))}/s`;
  return [...parts, ...(left === '' ? [] : [`${left} left`]), rate].join(', ');
}
