/** Reads events: what is to be worked on, for every kind of event that a step may get. */
import { isUtf8 } from 'node:buffer';
import { FdlError } from '../errors.ts';
import { asObject, asText, decodeBase64, type JsonObject, parseJson } from '../json.ts';
import { type HttpRequest, httpRequest, isHttpRequest } from './event-http.ts';
import { isTrial, type NamedObject, namedObjects } from './event-objects.ts';
import type { Task, TaskCommand } from './task.ts';

export interface ReadOptions {
  /** Whether a request over HTTP may carry scripts, commands and events; it may not unless this says `allow`. */
  readonly overHttp?: 'refuse' | 'allow';
  /** Makes the names of files for content: unique, since scripts name their outputs after them. */
  readonly newId?: () => string;
}

/**
 * The tasks of an event: one for each object that it names, or one for its content where it names none. An event that
 * only speaks of placeholders of folders, or only warms the step up, has no task. Text is read as JSON where it is JSON,
 * and is content as it is otherwise: nothing is taken for base64 that does not say so.
 * @throws FdlError `event-refused` (it came over HTTP and asks for more than its content), `event-invalid`
 */
export function readEvent(event: unknown, options: ReadOptions = {}): readonly Task[] {
  const text = typeof event === 'string' ? event : JSON.stringify(event ?? null);
  const object = asObject(typeof event === 'string' ? parseJson(event)?.value : event);
  const content = () => [contentTask(Buffer.from(text), parseJson(text) ? text : '', options)];
  if (!object) return content();
  if (isPreheat(object) || isTrial(object)) return [];
  const bytes = markedBytes(object);
  if (bytes) return [contentTask(bytes, '', options)];
  const request = httpRequest(object);
  if (request) return readRequest(request, options);
  return readObject(object, options) ?? content();
}

/** The event that makes a function start, and its image be at hand, before there is anything to do. */
export const PREHEAT: JsonObject = { fdl: 'preheat' };

function isPreheat(event: JsonObject): boolean {
  return event['fdl'] === PREHEAT['fdl'] && Object.keys(event).length === 1;
}

/** `{"fdl": "content", "base64": …}` is content that is no text, which AWS Lambda cannot be sent otherwise. */
function bytesEvent(bytes: Uint8Array): JsonObject {
  return { fdl: 'content', base64: Buffer.from(bytes).toString('base64') };
}

/** What bytes are as the content of a call: text as it is, else an event that says what it is. */
export function contentEvent(bytes: Uint8Array): unknown {
  return isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : bytesEvent(bytes);
}

function markedBytes(event: JsonObject): Buffer | undefined {
  const text = event['fdl'] === 'content' ? event['base64'] : undefined;
  return typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
}

/** Nothing where the event is none that we know, so that its content is what is to be worked on. */
function readObject(event: JsonObject, options: ReadOptions): readonly Task[] | undefined {
  const messages = messagesOf(event);
  if (messages) return messages.flatMap((message) => readMessage(message, options));
  const command = readCommand(event);
  const delegated = readDelegated(event);
  const inner = delegated?.event ?? event;
  const found = namedObjects(inner, delegated?.store);
  const tasks = found
    ? [...found.objects.map(objectTaskOf), ...found.others.map((other) => jsonTask(other, options))]
    : command && [jsonTask(event, options)];
  return command ? tasks?.map((task) => ({ ...task, command })) : tasks;
}

/** Who may send a message may not run anything, so that a script in it is content as any other. */
function readMessage({ text, envelope }: Message, options: ReadOptions): readonly Task[] {
  const event = asObject(parseJson(text)?.value);
  if (event && isTrial(event)) return [];
  const found = event && namedObjects(event);
  if (!found) return [contentTask(Buffer.from(text), JSON.stringify(envelope), options)];
  return [...found.objects.map(objectTaskOf), ...found.others.map((other) => jsonTask(other, options))];
}

function readRequest(request: HttpRequest, options: ReadOptions): readonly Task[] {
  const event = asObject(parseJson(request.bytes.toString('utf8'))?.value);
  if (event && options.overHttp !== 'allow' && asksForMore(event)) throw refused();
  const tasks = (event && readObject(event, options)) ?? [
    contentTask(request.bytes, JSON.stringify(request.head), options),
  ];
  const { environment, notes } = request;
  return tasks.map((task) => ({ ...task, environment: { ...environment, ...task.environment }, notes }));
}

/** Whether content would be more than a file to work on: it runs something else, or reads objects of its choice. */
function asksForMore(event: JsonObject): boolean {
  const runs = asText(event['script']) !== undefined || event['cmd_args'] !== undefined;
  const carries = [readDelegated(event), messagesOf(event), namedObjects(event)];
  return runs || carries.some((carried) => carried !== undefined) || isHttpRequest(event);
}

function refused(): FdlError {
  return new FdlError(
    'event-refused',
    'the request carries a script, a command or an event, which it may not',
    {
      hint: 'Send the content itself, or call the function directly.',
    },
  );
}

/** An event that another cluster passed on, as text or as it is: `{"storage_provider": …, "event": …}`. */
function readDelegated(
  event: JsonObject,
): { readonly event: JsonObject; readonly store?: string } | undefined {
  const carried = event['event'];
  const inner = asObject(typeof carried === 'string' ? parseJson(carried)?.value : carried);
  if (!inner || !namedObjects(inner)) return undefined;
  const store = asText(event['storage_provider']);
  return { event: inner, ...(store && { store }) };
}

function readCommand(event: JsonObject): TaskCommand | undefined {
  const script = asText(event['script']);
  if (script !== undefined) {
    const text = decodeBase64(script);
    if (!text) throw invalid('"script" is not base64', 'Encode the script as base64.');
    return { kind: 'script', text };
  }
  const args = event['cmd_args'];
  if (args === undefined) return undefined;
  const argv = typeof args === 'string' ? parseJson(args)?.value : args;
  if (Array.isArray(argv) && argv.length > 0 && argv.every((arg) => typeof arg === 'string')) {
    return { kind: 'argv', argv };
  }
  throw invalid('"cmd_args" is not a list of texts', 'Write it as in: "[\\"df\\", \\"-h\\"]".');
}

function invalid(why: string, hint: string): FdlError {
  return new FdlError('event-invalid', `The event cannot be read: ${why}.`, { hint });
}

function objectTaskOf({ source, event, environment }: NamedObject): Task {
  return { source, event: JSON.stringify(event), environment, notes: [] };
}

function jsonTask(event: JsonObject, options: ReadOptions): Task {
  const text = JSON.stringify(event);
  return contentTask(Buffer.from(text), text, options);
}

function contentTask(
  bytes: Uint8Array,
  event: string,
  { newId = () => crypto.randomUUID() }: ReadOptions,
): Task {
  return {
    source: { kind: 'body', name: `event-file-${newId()}`, bytes },
    event,
    environment: {},
    notes: [],
  };
}

// Events that come by way of a queue of SQS or a topic of SNS, or of both.

/** A message that was on its way in an envelope. */
interface Message {
  /** What its sender wrote. */
  readonly text: string;
  /** The envelope with this message alone. */
  readonly envelope: JsonObject;
}

/**
 * The messages of an event of AWS Lambda; nothing where it is none of SQS or SNS, whose records are
 * `{"eventSource": "aws:sqs", "body": …}` and `{"EventSource": "aws:sns", "Sns": {"Message": …}}`.
 * Rule: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and …/with-sns.html
 */
function messagesOf(event: JsonObject): readonly Message[] | undefined {
  const records: unknown = event['Records'];
  if (!Array.isArray(records) || records.length === 0) return undefined;
  const texts = records.map((record) => textOf(asObject(record) ?? {}));
  if (!texts.every((text) => text !== undefined)) return undefined;
  return texts.map((text, index) => ({ text, envelope: { ...event, Records: [records[index]] } }));
}

function textOf(record: JsonObject): string | undefined {
  const published = record['EventSource'] === 'aws:sns' ? asObject(record['Sns']) : undefined;
  const text = record['eventSource'] === 'aws:sqs' ? record['body'] : published?.['Message'];
  return typeof text === 'string' ? withoutNotification(text) : undefined;
}

/**
 * A topic wraps what it passes on to a queue, unless its subscription asks for raw delivery.
 * Rule: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
function withoutNotification(text: string): string {
  const fields = asObject(parseJson(text)?.value);
  const isWrapped = fields?.['Type'] === 'Notification' && asText(fields['TopicArn']) !== undefined;
  const message = fields?.['Message'];
  return isWrapped && typeof message === 'string' ? message : text;
}
