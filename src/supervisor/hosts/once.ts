/** The host of a single event, given on the command line. */
import { readFileSync } from 'node:fs';
import { FdlError, messageOf } from '../../errors.ts';
import type { Answer, Host } from './host.ts';

/** Bytes. */
const ANSWER_BYTES = 64 * 1024 * 1024;

interface OnceOptions {
  /** The event: JSON, or content to work on. */
  readonly event: string;
  /** Takes what the call answers. */
  readonly write: (content: Uint8Array | string) => void;
  /** Takes a line about why nothing was done. */
  readonly complain: (line: string) => void;
}

/**
 * Answers with what the script wrote, if the event named no object, else with one line of JSON:
 * `{"results": […]}`.
 */
export function onceHost({ event, write, complain }: OnceOptions): Host {
  return {
    answerBytes: ANSWER_BYTES,
    events: async function* () {
      yield { event };
    },
    answer: async (_event, answer) => {
      if (answer.error) complain(`${answer.error.message} ${answer.error.hint ?? ''}`.trim());
      else write(answer.body ?? resultsLine(answer));
    },
  };
}

function resultsLine({ results }: Answer): string {
  return `${JSON.stringify({ results })}\n`;
}

/**
 * The event: the text itself, if it is given, else the content of the file, else of the standard input.
 * @throws FdlError `event-not-found`
 */
export function givenEvent(text: string | undefined, file: string | undefined): string {
  if (text !== undefined) return text;
  try {
    return readFileSync(file ?? 0, 'utf8');
  } catch (cause) {
    const from = file === undefined ? 'the standard input' : `"${file}"`;
    throw new FdlError('event-not-found', `the event cannot be read from ${from}: ${messageOf(cause)}`, {
      hint: 'Give it in FDL_EVENT, in a file with --event, or on the standard input.',
      cause,
    });
  }
}
