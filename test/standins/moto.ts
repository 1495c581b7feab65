/** moto: a stand-in for AWS, with state. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { required } from './need.ts';
import type { Server } from './server.ts';

/** Any keys are right for moto. */
export const MOTO_KEYS = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key' } as const;

/** The process that all servers are forks of: reading moto takes seconds, a fork no time. */
export interface MotoSource {
  readonly port: number;
  stop(): void;
}

/** Starts that process. It reads moto when it is first asked for a server. */
export async function startMotoSource(): Promise<MotoSource> {
  const script = path.join(import.meta.dirname, 'moto-servers.py');
  const python = path.join(path.dirname(required('moto')), 'python3');
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  // It ends with its input: at the latest with this process.
  for (const each of [child, child.stdin as Socket, child.stdout as Socket]) each.unref();
  return { port: Number(port), stop: () => child.kill() };
}

let source: Promise<Pick<MotoSource, 'port'>> | undefined;

/** Says where the process listens that was started for all files of a run; without it each process starts its own. */
export function setMotoSource(port: number): void {
  source = port > 0 ? Promise.resolve({ port }) : undefined;
}

/** An empty moto, with the policies that AWS manages. */
export async function startMoto(): Promise<Server> {
  source ??= startMotoSource();
  const connection = connect((await source).port, '127.0.0.1').on('error', () => {});
  const [port] = await Promise.race([
    once(connection, 'data'),
    once(connection, 'close').then(() => {
      throw new Error('moto did not start.');
    }),
  ]);
  connection.unref();
  return { url: `http://127.0.0.1:${Number(port)}`, stop: async () => void connection.destroy() };
}
