/** Whom a workflow tells what came of a run: `on_failure` and `on_success` of its file. */
import { type Diagnostic, error } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import type { NotificationTarget } from '../fdl/schema/notifications.ts';
import { reveal, type Text } from '../secret.ts';
import { unsetIn } from '../unset.ts';

/** Somebody who is told what came of a run. */
export type Target =
  | { readonly kind: 'webhook'; readonly url: Text; readonly format: 'json' | 'slack' }
  /** A program with its arguments; one word alone is a line for the shell. */
  | { readonly kind: 'command'; readonly words: readonly string[] };

/** The targets by the section of the file that names them. */
export interface Notifications {
  readonly on_failure: readonly Target[];
  readonly on_success: readonly Target[];
}

interface Found {
  /** Absent where nobody is to be told anything. */
  readonly notifications?: Notifications;
  readonly diagnostics: readonly Diagnostic[];
}

/** The targets of a file, and what is wrong with them. */
export function notificationsOf(document: Document): Found {
  const diagnostics: Diagnostic[] = [];
  const targetsOf = (section: keyof Notifications) =>
    (document.fdl[section] ?? []).flatMap((given, index) => {
      const found = problemOf(document, section, index, given);
      if (found) diagnostics.push(found);
      return found ? [] : targetOf(given);
    });
  const notifications = { on_failure: targetsOf('on_failure'), on_success: targetsOf('on_success') };
  const isAny = Object.values(notifications).some(({ length }) => length > 0);
  return { diagnostics, ...(isAny && { notifications }) };
}

function problemOf(
  document: Document,
  section: string,
  index: number,
  { webhook, format, command }: NotificationTarget,
): Diagnostic | undefined {
  const say = (what: string, hint: string, ...field: readonly string[]) =>
    error(
      'notification-target',
      `a target of "${section}" ${what}`,
      document.place([section, index, ...field]),
      {
        hint,
      },
    );
  const isCommand = command !== undefined && command.length > 0;
  if (webhook === undefined && !isCommand)
    return say('names nobody to tell', 'Add "webhook:" with a URL, or "command:" with a program.');
  if (webhook !== undefined && isCommand)
    return say('has a webhook and a command', 'Make two items of it, each with its own "- ".');
  if (isCommand && format !== undefined)
    return say('has a format beside its command', 'Leave "format" out: commands get JSON.', 'format');
  if (webhook === undefined || isUsable(reveal(webhook))) return undefined;
  return say(
    'has a webhook that is no URL',
    'Write a URL with https or http, such as ${env:SLACK_WEBHOOK}.',
    'webhook',
  );
}

/** An empty URL is one that its variable does not give; a value that is not known here is known where it is used. */
function isUsable(url: string): boolean {
  if (url.trim() === '' || unsetIn(url) !== undefined) return true;
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function targetOf({ webhook, format, command = [] }: NotificationTarget): readonly Target[] {
  if (webhook === undefined) return [{ kind: 'command', words: command }];
  if (reveal(webhook).trim() === '') return [];
  return [{ kind: 'webhook', url: webhook, format: format === 'slack' ? 'slack' : 'json' }];
}
