/** A network behind a proxy that asks for a login (tinyproxy), with servers whose certificates an authority of its own signs. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { required } from './need.ts';
import { takePort } from './server.ts';

export interface PrivateNetwork {
  /** The authority's certificate. */
  readonly ca: string;
  /** With its login; `password` makes another one. */
  proxy(password?: string): string;
  /** What the proxy was asked for: `CONNECT 127.0.0.1:443`, and the whole URL of requests without TLS. */
  asked(): readonly string[];
  /** A server with TLS before one without; answers its URL. */
  secure(url: string): Promise<string>;
  close(): Promise<void>;
}

export const PROXY_PASSWORD = 'open-sesame-42';

/** Starts it. */
export async function openPrivateNetwork(): Promise<PrivateNetwork> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-proxy-'));
  const file = (name: string) => path.join(folder, name);
  makeCertificates(folder);
  const port = await takePort();
  writeFileSync(file('proxy.conf'), configText(port, file('proxy.log')));
  const child = spawn(required('tinyproxy'), ['-d', '-c', file('proxy.conf')], { stdio: 'ignore' });
  await listening(port);
  const servers: NetServer[] = [];
  return {
    ca: file('ca.pem'),
    proxy: (password = PROXY_PASSWORD) => `http://ada:${password}@127.0.0.1:${port}`,
    asked: () => {
      const log = existsSync(file('proxy.log')) ? readFileSync(file('proxy.log'), 'utf8') : '';
      return [...log.matchAll(/Request \(file descriptor \d+\): (\S+ \S+)/g)].map(([, what = '']) => what);
    },
    secure: async (url) => {
      const { port: to } = new URL(url);
      const tls = { key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) };
      const server = createServer(tls, (socket) => {
        const plain = connect(Number(to), '127.0.0.1');
        for (const each of [socket, plain])
          each.on('error', () => [socket, plain].map((one) => one.destroy()));
        socket.pipe(plain).pipe(socket);
      });
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    close: async () => {
      for (const server of servers) server.close();
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(port: number, log: string): string {
  return [
    ...[
      `Port ${port}`,
      'Listen 127.0.0.1',
      'Timeout 60',
      'Allow 127.0.0.1',
      `BasicAuth ada ${PROXY_PASSWORD}`,
    ],
    ...[`LogFile "${log}"`, 'LogLevel Connect', ''],
  ].join('\n');
}

function makeCertificates(cwd: string): void {
  const openssl = (...args: readonly string[]) =>
    execFileSync(required('openssl'), args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority of a test');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1');
  writeFileSync(path.join(cwd, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...by);
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true));
      socket.once('error', () => done(false)).once('connect', () => socket.destroy());
    });
    if (open) return;
    await wait(50);
  }
  throw new Error('The proxy did not start.');
}
