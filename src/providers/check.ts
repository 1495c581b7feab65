/** What may keep a workflow from being deployed or run, looked at before it does. */
import { FdlError, messageOf } from '../errors.ts';

export interface Finding {
  /** `open`: nobody looked, or it may matter. */
  readonly state: 'good' | 'bad' | 'open';
  /** A sentence without a full stop. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

export interface Check {
  /** What it is about, in a word or two: `credentials`. */
  readonly about: string;
  /** What it throws is a finding as well. */
  run(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

export const good = (message: string): Finding => ({ state: 'good', message });
export const bad = (message: string, hint?: string): Finding => ({ state: 'bad', message, hint });
export const open = (message: string, hint?: string): Finding => ({ state: 'open', message, hint });

/** What was thrown, as a finding. */
export function failed(thrown: unknown): Finding {
  return bad(messageOf(thrown), thrown instanceof FdlError ? thrown.hint : undefined);
}
