/** How far something is that takes a while, as lines on a terminal. */
import type { Activity } from '../session/events.ts';
import { bytesText, countOf, elapsedText } from '../terminal/amount.ts';
import { eventText } from '../terminal/plan-text.ts';
import { countsText, shortStepsText, stepRows } from '../terminal/run-text.ts';
import type { Style } from '../terminal/style.ts';
import type { Shown } from '../terminal/terminal.ts';

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
  return { line: activityText(activity, elapsed) };
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
    case 'uploading': {
      const { files, moved } = activity;
      if (!moved) return `uploading ${countOf(files, 'file')}`;
      return `uploading ${movedText({ files, ...moved }, elapsed)}`;
    }
    case 'downloading':
      return `downloading ${movedText({ ...activity.moved, total: activity.total }, elapsed)}`;
    default:
      return activity.name;
  }
}

interface Moved {
  readonly files: number;
  readonly settled: number;
  readonly bytes: number;
  readonly total: number;
}

/** Milliseconds before which a rate says nothing yet. */
const TOO_SOON = 1000;

/** `3 of 10 files, 12 MB of 40 MB, 4.0 MB/s, 7 s left`. */
function movedText({ files, settled, bytes, total }: Moved, elapsed: number): string {
  const moved = Math.max(0, bytes);
  const parts = [`${settled} of ${countOf(files, 'file')}`, `${bytesText(moved)} of ${bytesText(total)}`];
  if (elapsed >= TOO_SOON && moved > 0) {
    const left = elapsedText(((total - moved) / moved) * elapsed);
    parts.push(`${bytesText((moved / elapsed) * 1000)}/s`, ...(left === '' ? [] : [`${left} left`]));
  }
  return parts.join(', ');
}
