/** What may keep a workflow from being deployed or run, looked at before it does. */
import { FdlError, messageOf } from '../errors.ts';

export interface Finding {
  /** `open`: nobody looked, or it may matter. */
  readonly state: 'good' | 'bad' | 'open';
  /** A sentence without a full stop. */
  readonly says: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

export interface Check {
  /** What it is about, in a word or two: `credentials`. */
  readonly about: string;
  /** What it throws is a finding as well. */
  run(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

export const good = (says: string): Finding => ({ state: 'good', says });
export const bad = (says: string, hint?: string): Finding => ({ state: 'bad', says, hint });
export const open = (says: string, hint?: string): Finding => ({ state: 'open', says, hint });

/** What was thrown, as a finding. */
export function failed(thrown: unknown): Finding {
  return bad(messageOf(thrown), thrown instanceof FdlError ? thrown.hint : undefined);
}
