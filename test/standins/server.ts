/** Starts servers that tests talk to, and stops them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server as NetServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Server {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly url: string;
  /** Path that answers 200 once the server is ready, or with what `isReady` says. */
  readonly ready: string;
  readonly isReady?: (status: number) => boolean;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds. */
const START_TIMEOUT = 60_000;
const POLL = 25;

/** Below the ports that systems give to clients, and to servers that ask for any. */
const FIRST_PORT = 11_000;
const PAIRS = 4000;

/** The servers that hold ports, and from where the next one is looked for. */
const holders: NetServer[] = [];
let next = process.pid * 31;

/**
 * A TCP port for a server of this process, and of no other process of the tests until this one ends: the even port is
 * given, and the odd one behind it is listened on, which only one process can do.
 */
export async function takePort(): Promise<number> {
  for (let tried = 0; tried < PAIRS; tried += 1) {
    const port = FIRST_PORT + 2 * (next++ % PAIRS);
    const holder = await listener(port + 1);
    if (!holder) continue;
    holders.push(holder.unref());
    const server = await listener(port);
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    if (server) return port;
  }
  throw new Error('No port is free.');
}

/** Listens on a port; nothing where somebody does. */
function listener(port: number): Promise<NetServer | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/**
 * A program and all that it starts end together, and at the latest when nobody holds the input of this any more: also
 * when the process of the tests is killed.
 */
const UNTIL_LEFT = '{ "$@"; kill -9 0; } & read line; kill -9 0';

/** Starts a server and waits until it answers. It ends with this process, if it is not stopped before. */
export async function startServer(command: ServerCommand): Promise<Server> {
  const child = spawn('/bin/sh', ['-c', UNTIL_LEFT, 'sh', command.program, ...command.args], {
    env: { ...process.env, ...command.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.unref();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  try {
    await answered(command, child);
  } catch (error) {
    await stop(child);
    throw new Error(`${command.program} did not start: ${said}`, { cause: error });
  }
  return { url: command.url, stop: () => stop(child) };
}

async function answered(
  { url, ready, isReady = (status) => status === 200 }: ServerCommand,
  child: ChildProcess,
): Promise<void> {
  const end = Date.now() + START_TIMEOUT;
  while (isRunning(child) && Date.now() < end) {
    const response = await fetch(url + ready).catch(() => undefined);
    await response?.arrayBuffer();
    if (response && isReady(response.status)) return;
    await wait(POLL);
  }
  throw new Error(isRunning(child) ? 'It does not answer.' : 'It ended.');
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child) || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Servers that one test file after the other uses: starting one takes longer than making it empty. */
export class ServerPool<T> {
  private readonly idle: T[] = [];
  private readonly start: () => Promise<T>;
  private readonly empty: (server: T) => Promise<void>;

  constructor(start: () => Promise<T>, empty: (server: T) => Promise<void>) {
    this.start = start;
    this.empty = empty;
  }

  /** An empty server that nobody else uses. */
  async take(): Promise<T> {
    const found = this.idle.pop();
    if (found === undefined) return this.start();
    await this.empty(found);
    return found;
  }

  /** Gives it back. */
  leave(server: T): void {
    this.idle.push(server);
  }
}
