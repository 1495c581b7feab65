/** Runs a service's script as its supervisor does: input fetched, `/bin/sh`, outputs stored. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Service } from './binding.ts';
import { type Cluster, provider, split } from './cluster.ts';
import { clientFor } from './stores.ts';
import { storedZip } from './zip.ts';

export interface Ran {
  /** False when the supervisor itself failed; what the script's end was does not count. */
  readonly ok: boolean;
  readonly log: string;
  /** What a direct call gets back. */
  readonly answer: string;
}

interface FileEvent {
  readonly bucket: string;
  readonly key: string;
  readonly time: string;
  /** Id of the MinIO that the file is in, or `default`. */
  readonly store: string;
  readonly record: unknown;
}

interface Folders {
  readonly input: string;
  readonly output: string;
}

/** Runs a service once for an event. */
export async function runScript(cluster: Cluster, service: Service, event: Buffer): Promise<Ran> {
  const root = await mkdtemp(path.join(tmpdir(), 'oscar-run-'));
  const log = logger(String(service['log_level'] ?? 'INFO'));
  try {
    const folders = {
      input: await mkdtemp(path.join(root, 'input-')),
      output: await mkdtemp(path.join(root, 'output-')),
    };
    return await runIn(cluster, service, event, folders, log);
  } catch (error) {
    log.say('ERROR', (error as Error).message);
    return { ok: false, log: log.text(), answer: '' };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function runIn(
  cluster: Cluster,
  service: Service,
  event: Buffer,
  folders: Folders,
  log: ReturnType<typeof logger>,
): Promise<Ran> {
  const file = fileEvent(event);
  if (file?.record) log.say('INFO', `event_records = ${pythonText(file.record)} \n`);
  const input = service['file_stage_in']
    ? undefined
    : await fetchInput(cluster, service, event, file, folders.input);
  if (file && input) {
    log.say('INFO', `Downloading item from bucket '${file.bucket}' with key '${file.key}'`);
    log.say(
      'INFO',
      `Successful download of file '${file.key}' from bucket '${file.bucket}' in path '${input}'`,
    );
  }
  log.say('INFO', `INPUT_FILE_PATH variable set to '${input}'`);
  const environment = {
    ...service['environment']?.variables,
    ...service['environment']?.Variables,
    ...cluster.secrets.get(service['name']),
    TMP_INPUT_DIR: folders.input,
    TMP_OUTPUT_DIR: folders.output,
    ...(input && { INPUT_FILE_PATH: input }),
    ...(file && { STORAGE_OBJECT_KEY: file.key, EVENT_TIME: file.time }),
    EVENT: event.toString(),
  };
  const output = await shell(service['script'], environment, folders);
  log.script(output);
  const names = await filesBelow(folders.output);
  log.say('INFO', `Searching for files to upload in folder '${folders.output}'`);
  await storeOutputs(cluster, service, folders.output, names, log);
  log.say('INFO', 'Creating response');
  return {
    ok: true,
    log: log.text() + output,
    // Rule: `main` of faas-supervisor prints what it answers, which ends it with a line feed.
    answer: `${file ? output : await answerOf(folders.output, names, output)}\n`,
  };
}

function logger(level: string) {
  let lines = '';
  const order = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];
  const say = (kind: string, message: string) => {
    if (order.indexOf(kind) < order.indexOf(level)) return;
    const time = new Date().toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
    lines += `${time} - supervisor - ${kind} - ${message}\n`;
  };
  const script = (output: string) => {
    if (level === 'DEBUG') for (const line of output.split('\n').filter(Boolean)) say('DEBUG', line.trim());
  };
  return { say, script, text: () => lines };
}

function fileEvent(event: Buffer, store = 'default'): FileEvent | undefined {
  let parsed: Service;
  try {
    parsed = JSON.parse(event.toString());
  } catch {
    return undefined;
  }
  if (typeof parsed?.['event'] === 'string' && parsed['storage_provider']) {
    // Rule: faas-supervisor, `parse_event`: it looks for a MinIO of that whole name.
    return fileEvent(Buffer.from(parsed['event']), parsed['storage_provider']);
  }
  const record = parsed?.['Records']?.[0];
  if (record?.eventSource !== 'minio:s3' && record?.eventSource !== 'aws:s3') return undefined;
  const key = decodeURIComponent(record.s3.object.key.replaceAll('+', ' '));
  return { bucket: record.s3.bucket.name, key, time: record.eventTime ?? '', store, record };
}

/** A value as Python prints it, as far as events need it. */
function pythonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, each]) => `'${name}': ${pythonText(each)}`);
    return `{${fields.join(', ')}}`;
  }
  return typeof value === 'number' ? String(value) : `'${String(value)}'`;
}

async function fetchInput(
  cluster: Cluster,
  service: Service,
  event: Buffer,
  file: FileEvent | undefined,
  folder: string,
): Promise<string> {
  // Rule: faas-supervisor: of a MinIO that it does not know, the event itself is the file.
  if (!file || !(file.store in service['storage_providers'].minio)) {
    const target = path.join(folder, 'event-file');
    await writeFile(target, isJson(event) ? event : Buffer.from(event.toString(), 'base64'));
    return target;
  }
  const client = clientFor(cluster, service, 'minio', file.store);
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.key }));
    const target = path.join(folder, path.basename(file.key));
    await writeFile(target, (await Body?.transformToByteArray()) ?? '');
    return target;
  } finally {
    client.destroy();
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

async function shell(script: string, environment: NodeJS.ProcessEnv, { input }: Folders): Promise<string> {
  const file = path.join(input, '..', 'script.sh');
  await writeFile(file, script);
  const env = { PATH: process.env['PATH'], HOME: '/tmp', ...environment };
  const child = spawn('/bin/sh', ['-c', 'exec /bin/sh "$0" 2>&1', file], {
    env,
    cwd: input,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text(child.stdout);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name))).sort();
}

async function storeOutputs(
  cluster: Cluster,
  service: Service,
  folder: string,
  names: readonly string[],
  log: ReturnType<typeof logger>,
): Promise<void> {
  for (const { storage_provider: store, path: where, prefix = [], suffix = [] } of service['output'] ?? []) {
    const { kind, id } = provider(store);
    const [bucket, below] = split(where);
    log.say('INFO', `Checking files for uploading to '${store}' on path: '${where}'`);
    const client = clientFor(cluster, service, kind, id);
    const wanted = names.filter(
      (name) =>
        (prefix.length === 0 || prefix.some((each: string) => name.startsWith(each))) &&
        (suffix.length === 0 || suffix.some((each: string) => name.endsWith(each))),
    );
    for (const name of wanted) {
      const key = below ? `${below}/${name}` : name;
      log.say('INFO', `Uploading file '${key}' to bucket '${bucket}'`);
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(path.join(folder, name)) }),
      );
    }
    client.destroy();
  }
}

/** Of a direct call: the one file as base64, several as a zip, else what the script wrote. */
async function answerOf(folder: string, names: readonly string[], output: string): Promise<string> {
  if (names.length === 0) return output;
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(path.join(folder, name)) })),
  );
  const [only] = files;
  return (files.length === 1 && only ? only.bytes : storedZip(files)).toString('base64');
}
