/** What a direct call of a step sends: what is given, else what the file says of calls. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { DIALECTS } from '../providers/dialects.ts';
import type { Call, EngineChoice } from '../providers/runtime.ts';
import { contentEvent } from '../supervisor/event.ts';
import type { Dialect, DirectCall, WrittenJson } from '../workflow/dialect.ts';
import type { Step, Workflow } from '../workflow/model.ts';

/** How a step is called. */
export interface CallOptions {
  /** What is sent; by default what the file says of calls. A function is asked once the call is known to be possible. */
  readonly data?: string | Uint8Array | (() => Promise<Uint8Array>) | undefined;
  /** Does not wait for the answer; by default what the file says. */
  readonly async?: boolean | undefined;
  /** By the step's address over HTTP. */
  readonly http?: boolean | undefined;
  /** What runs containers, where that is on this machine. */
  readonly engine?: EngineChoice | undefined;
}

/** Where the files of a call are looked for. */
interface CallPlaces {
  readonly workflow: Workflow;
  readonly workingDirectory: string;
}

/**
 * The event of a call: what is given, else what the file says.
 * @throws FdlError `payload-unreadable`
 */
async function directPayload(data: Uint8Array | undefined, step: Step, places: CallPlaces): Promise<unknown> {
  const { content, runsScripts } = callsOf(step);
  if (data !== undefined) return runsScripts && isScript(data) ? scriptEvent(data) : contentEvent(data);
  if ('event' in content) return content.event;
  return scriptEvent(await scriptOf(content.script, places));
}

/** Whether content says itself what runs it. */
function isScript(data: Uint8Array): boolean {
  return Buffer.from(data.subarray(0, 2)).toString('latin1') === '#!';
}

/** As SCAR sends scripts. */
function scriptEvent(script: Uint8Array) {
  return { script: Buffer.from(script).toString('base64') };
}

/** What goes over HTTP. */
interface HttpContent {
  /** Absent where nothing is sent. */
  readonly payload?: unknown;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * The content of a call over HTTP.
 * @throws FdlError `payload-unreadable`, `payload-invalid`
 */
async function httpContent(
  data: Uint8Array | undefined,
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

/** How and with what a step is called. @throws FdlError `payload-unreadable`, `payload-invalid` */
export async function callOf(
  step: Step,
  { data: given, async, http, engine }: CallOptions,
  places: CallPlaces,
): Promise<Call> {
  const data = await bytesOf(given);
  if (http) {
    const content = await httpContent(data, step, places);
    return { payload: undefined, ...content, async: false, overHttp: true };
  }
  const { takesBytes, dryRun, async: isAsync } = callsOf(step);
  const payload = takesBytes && data ? data : await directPayload(data, step, places);
  return { payload, async: async ?? isAsync, dryRun, engine };
}

async function bytesOf(data: CallOptions['data']): Promise<Uint8Array | undefined> {
  if (typeof data === 'function') return data();
  return typeof data === 'string' ? Buffer.from(data) : data;
}

/** What the file says of direct calls of a step. */
function callsOf(step: Step): DirectCall {
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

/** The bytes of a file. @throws FdlError `payload-unreadable` */
export async function readData(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FdlError('payload-unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
}
