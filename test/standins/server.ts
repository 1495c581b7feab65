/** Starts servers that tests talk to, and stops them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Server {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly url: string;
  /** Path that answers 200 once the server is ready. */
  readonly ready: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds. */
const START_TIMEOUT = 60_000;
const POLL = 50;

/** A TCP port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('No port was given.');
  return address.port;
}

/** Starts a server and waits until it answers. */
export async function startServer(command: ServerCommand): Promise<Server> {
  const child = spawn(command.program, command.args, {
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
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

async function answered({ url, ready }: ServerCommand, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_TIMEOUT;
  while (child.exitCode === null && Date.now() < end) {
    const response = await fetch(url + ready).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await wait(POLL);
  }
  throw new Error(`exit code ${child.exitCode}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Servers that are started through a wrapper end only with their whole process group.
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}
