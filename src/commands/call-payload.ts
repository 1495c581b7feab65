/** What a direct call of a step sends: what the command line says, else what the file says of calls. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { DIALECTS } from '../providers/dialects.ts';
import { bytesEvent } from '../supervisor/event.ts';
import type { Dialect, DirectCall, WrittenJson } from '../workflow/dialect.ts';
import type { Step, Workflow } from '../workflow/model.ts';

/** Where the files of a call are looked for. */
export interface CallPlaces {
  readonly workflow: Workflow;
  readonly workingDirectory: string;
}

/** The bytes of `--data`: a text, `@FILE`, or `-` for stdin. @throws FdlError `payload-unreadable` */
export async function givenData(data: string, workingDirectory: string): Promise<Buffer> {
  if (data === '-') return readStdin();
  return data.startsWith('@') ? readData(resolve(workingDirectory, data.slice(1))) : Buffer.from(data);
}

/**
 * The event of a call: what the command line gives, else what the file says.
 * @throws FdlError `payload-unreadable`
 */
export async function directPayload(
  data: Buffer | undefined,
  step: Step,
  places: CallPlaces,
): Promise<unknown> {
  if (data !== undefined) return contentOf(data);
  const { content } = callOf(step);
  if ('event' in content) return content.event;
  return { script: (await scriptOf(content.script, places)).toString('base64') };
}

/** What goes over HTTP. */
export interface HttpContent {
  /** Absent where nothing is sent. */
  readonly payload?: unknown;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * The content of a call over HTTP.
 * @throws FdlError `payload-unreadable`, `payload-invalid`
 */
export async function httpContent(
  data: Buffer | undefined,
  step: Step,
  { workingDirectory }: CallPlaces,
): Promise<HttpContent> {
  const { parameters, content } = dialectOf(step)?.httpCall?.(step) ?? {};
  const query = queryOf(parameters);
  if (data !== undefined) return { payload: data, query };
  if (!content) return { query };
  if ('json' in content) return { payload: jsonOf(content.json), query };
  return { payload: await readData(resolve(workingDirectory, content.file)), query };
}

/** What the file says of direct calls of a step. */
export function callOf(step: Step): DirectCall {
  return dialectOf(step)?.call?.(step) ?? PLAIN;
}

const PLAIN: DirectCall = { takesBytes: false, async: false, dryRun: false, content: { event: {} } };

function dialectOf({ provider }: Step): Dialect | undefined {
  return DIALECTS.find(({ name }) => name === provider);
}

function jsonOf({ field, value }: WrittenJson): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new FdlError('payload-invalid', `"${field}" is no JSON: ${messageOf(cause)}`, {
      hint: 'Write it as a map, or as JSON text in quotes.',
      exitCode: 2,
      cause,
    });
  }
}

function queryOf(parameters: WrittenJson | undefined): Readonly<Record<string, string>> {
  const map = parameters ? (jsonOf(parameters) as object) : {};
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/** A script is given by its path from the folder of the file, or as text. */
async function scriptOf(script: string, { workflow, workingDirectory }: CallPlaces): Promise<Buffer> {
  if (script.includes('\n')) return Buffer.from(script);
  const beside = resolve(workingDirectory, dirname(workflow.file), script);
  return readFile(beside).catch(() => readData(resolve(workingDirectory, script)));
}

async function readData(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FdlError('payload-unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Text as it is; bytes that are no text as an event that says what it is. */
function contentOf(bytes: Buffer): unknown {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytesEvent(bytes);
}
