import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DIALECTS } from '../src/providers/dialects.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Which rooms each room may import from, besides itself and the files at the top (errors, secret, version). */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  fdl: [],
  workflow: ['fdl', 'storage'],
  deploy: [],
  image: [],
  storage: [],
  supervisor: ['storage', 'workflow'],
  providers: ['deploy', 'workflow', 'storage', 'image', 'supervisor', 'fdl'],
  terminal: ['fdl', 'workflow', 'deploy'],
  session: ['fdl', 'workflow', 'deploy', 'providers', 'storage', 'supervisor'],
  commands: ['fdl', 'workflow', 'deploy', 'providers', 'terminal', 'session', 'storage'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

function imports(): readonly Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const targets = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) => target);
    return targets.map((target) => {
      const path = relative(src, resolve(dirname(join(src, file)), target));
      return { from: roomOf(file), to: roomOf(path), text: `${file} imports ${path}` };
    });
  });
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}

test('imports go one way', () => {
  const wrong = imports().filter(
    ({ from, to }) => from !== '' && to !== '' && from !== to && !ALLOWED[from]?.includes(to),
  );
  expect(wrong.map(({ text }) => text)).toEqual([]);
});

test('every room is in the list', () => {
  const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map(({ name }) => name).sort()).toEqual(Object.keys(ALLOWED).sort());
});

/** Rooms that know no provider by its name: what differs between providers is in their dialects. */
const NEUTRAL = ['fdl', 'workflow', 'deploy', 'terminal', 'commands', 'session'];

test('only providers know the names of providers', () => {
  const names = DIALECTS.map(({ name }) => name).join('|');
  const named = new RegExp(`(['"\`])(?:${names})\\1`);
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && NEUTRAL.includes(roomOf(file)),
  );
  const found = files.flatMap((file) =>
    readFileSync(join(src, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        named.test(line.replace(/^\s*(\/\*)?\*.*/, '')) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  expect(found).toEqual([]);
});

test('what passes events on to AWS Batch stays small: it is sent to AWS for every step, and starts for every event', () => {
  const { size } = statSync(fileURLToPath(new URL('../dist/gateway.mjs', import.meta.url)));
  expect(size).toBeLessThan(100_000);
});
