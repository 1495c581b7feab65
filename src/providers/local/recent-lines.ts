import type { LogLine } from '../../workflow/invocation.ts';

const KEPT = 10;

/** The last lines of what runs, so that a failure can be shown with them. */
export class RecentLines {
  readonly #lines = new Map<string, string[]>();

  add({ invocation, stream, message }: LogLine): void {
    if (stream === 'supervisor') return;
    const lines = this.#lines.get(invocation) ?? [];
    lines.push(message);
    if (lines.length > KEPT) lines.shift();
    this.#lines.set(invocation, lines);
  }

  /** Hands over the lines of an invocation and forgets them. */
  take(invocation: string): readonly string[] {
    const lines = this.#lines.get(invocation) ?? [];
    this.#lines.delete(invocation);
    return lines;
  }
}
