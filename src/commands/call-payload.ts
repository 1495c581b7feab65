/** What a direct call of a step sends: what the command line says, else what the file says of calls. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import type { AwsFunction } from '../fdl/schema/index.ts';
import { bytesEvent } from '../supervisor/event.ts';
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
 * The event of a call: of what the file says, `payload` counts first, then `c_args`, then `run_script`, as in SCAR.
 * @throws FdlError `payload-unreadable`
 */
export async function directPayload(
  data: Buffer | undefined,
  step: Step,
  places: CallPlaces,
): Promise<unknown> {
  if (data !== undefined) return contentOf(data);
  const { payload, c_args: words = [], run_script: script, init_script: own } = lambdaOf(step);
  if (!isEmpty(payload)) return payload;
  if (words.length > 0) return { cmd_args: JSON.stringify(words) };
  // Without a script of its own, this one is what the step runs anyway.
  if (script === undefined || own === undefined) return {};
  return { script: (await scriptOf(script, places)).toString('base64') };
}

/** What goes over HTTP. */
export interface HttpContent {
  /** Absent where nothing is sent. */
  readonly payload?: unknown;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * The content of a call over HTTP: of what the file says, `json_data` counts before `data_binary`, as in SCAR.
 * @throws FdlError `payload-unreadable`, `payload-invalid`
 */
export async function httpContent(
  data: Buffer | undefined,
  step: Step,
  { workingDirectory }: CallPlaces,
): Promise<HttpContent> {
  const api = (step.provider === 'aws' ? step.settings.api_gateway : undefined) ?? {};
  const query = queryOf(api.parameters);
  if (data !== undefined) return { payload: data, query };
  if (!isEmpty(api.json_data)) return { payload: jsonOf('json_data', api.json_data), query };
  if (!api.data_binary) return { query };
  return { payload: await readData(resolve(workingDirectory, api.data_binary)), query };
}

/** How a call is made where the command line does not say. */
export interface CallManner {
  readonly async: boolean;
  /** Only asks whether it is allowed. */
  readonly dryRun: boolean;
}

export function callManner(step: Step): CallManner {
  const { asynchronous, invocation_type: type } = lambdaOf(step);
  const kind = type?.trim().toLowerCase();
  return { async: asynchronous === true || kind === 'event', dryRun: kind === 'dryrun' };
}

function lambdaOf(step: Step): NonNullable<AwsFunction['lambda']> {
  return (step.provider === 'aws' && step.settings.lambda) || {};
}

function isEmpty(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  return (
    value === undefined || value === null || value === '' || (isObject && Object.keys(value).length === 0)
  );
}

function jsonOf(field: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new FdlError('payload-invalid', `"api_gateway.${field}" is no JSON: ${messageOf(cause)}`, {
      hint: 'Write it as a map, or as JSON text in quotes.',
      exitCode: 2,
      cause,
    });
  }
}

function queryOf(parameters: unknown): Readonly<Record<string, string>> {
  const map = isEmpty(parameters) ? {} : (jsonOf('parameters', parameters) as object);
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
