import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DIALECTS } from '../src/providers/dialects.ts';
import { fieldsOf, SCHEMA } from './fdl/schema-fields.ts';
import rooms from './rooms.json';

const src = fileURLToPath(new URL('../src', import.meta.url));

/**
 * Which rooms each room may import from, besides itself and the files at the top of `src`, which import no room at all.
 * `npm run generate` writes the same list to ARCHITECTURE.md.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = rooms;

interface Import {
  /** The rooms, and the paths below src. */
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly path: string;
  readonly text: string;
}

function imports(): readonly Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const targets = [...text.matchAll(/(?:from|import\(|^import)\s*'(\.[^']+)'/gm)].map(
      ([, target = '']) => target,
    );
    return targets.flatMap((target) => {
      const path = relative(src, resolve(dirname(join(src, file)), target));
      // The version stands in package.json.
      if (path.startsWith('..')) return [];
      return [{ from: roomOf(file), to: roomOf(path), file, path, text: `${file} imports ${path}` }];
    });
  });
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}

test('imports go one way', () => {
  const wrong = imports().filter(({ from, to }) => to !== '' && from !== to && !ALLOWED[from]?.includes(to));
  expect(wrong.map(({ text }) => text)).toEqual([]);
});

test('every room is in the list', () => {
  const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map(({ name }) => name).sort()).toEqual(Object.keys(ALLOWED).sort());
});

/** The first circle among the units that files belong to: each with an import into the next one. */
function circle(found: readonly Import[], unitOf: (file: string) => string | undefined): readonly string[] {
  const edges = new Map<string, Map<string, string>>();
  for (const { file, path, text } of found) {
    const [from, to] = [unitOf(file), unitOf(path)];
    if (from === undefined || to === undefined || from === to) continue;
    edges.set(from, (edges.get(from) ?? new Map()).set(to, text));
  }
  const done = new Set<string>();
  const visit = (unit: string, way: readonly string[]): readonly string[] => {
    const start = way.indexOf(unit);
    if (start >= 0) {
      const round = [...way.slice(start), unit];
      return round.slice(1).map((to, index) => edges.get(round[index] ?? '')?.get(to) ?? '');
    }
    if (done.has(unit)) return [];
    for (const next of edges.get(unit)?.keys() ?? []) {
      const round = visit(next, [...way, unit]);
      if (round.length > 0) return round;
    }
    done.add(unit);
    return [];
  };
  for (const unit of edges.keys()) {
    const round = visit(unit, []);
    if (round.length > 0) return round;
  }
  return [];
}

test('no circle leads through several rooms, the files at the top of src counting as one', () => {
  expect(circle(imports(), roomOf)).toEqual([]);
});

test('inside providers no circle leads through several files, whether of values or of types', () => {
  expect(circle(imports(), (file) => (roomOf(file) === 'providers' ? file : undefined))).toEqual([]);
});

test('inside a room no circle leads through several folders; files beside folders count for themselves', () => {
  const folderOf = (file: string) => {
    const [room = '', provider = '', ...rest] = file.split('/');
    if (room !== 'providers') return rest.length > 0 ? `${room}/${provider}` : file;
    if (rest.length === 0) return undefined;
    const [folder = '', kind = ''] = rest;
    const isKind = folder === 'kinds' && rest.length > 2;
    if (folder === 'kinds') return isKind ? `${provider}/kinds/${kind}` : file;
    return rest.length > 1 ? `${provider}/${folder}` : file;
  };
  expect(circle(imports(), folderOf)).toEqual([]);
});

/** Files right below `providers` are the door to all of them. */
test('no provider is imported from outside of providers: the session goes through the registry', () => {
  const wrong = imports().filter(
    ({ from, path }) => from !== 'providers' && /^providers\/[^/]+\//.test(path),
  );
  expect(wrong.map(({ text }) => text)).toEqual([]);
});

/** What sets a workflow up; `runtime` looks at one that is. */
const DEPLOYING = /^providers\/[^/]+\/((kinds|desired|images|machines)\/|(desired|read-facts)\.ts$)/;
const LOOKING = /^providers\/[^/]+\/runtime\//;

test('deploying and looking do not import each other: what both need lies in the root of the provider', () => {
  const wrong = imports().filter(
    ({ file, path }) =>
      (LOOKING.test(file) && DEPLOYING.test(path)) || (DEPLOYING.test(file) && LOOKING.test(path)),
  );
  expect(wrong.map(({ text }) => text)).toEqual([]);
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

test('no program carries what fields say of themselves: that is for editors and documentation', () => {
  const all = fieldsOf(SCHEMA).map(({ field }) => String(field['description']).replace(/ Since: .*/, ''));
  const texts = [...new Set(all)];
  expect(texts).toContain('Host name of the Oneprovider that serves the space.');
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  const programs = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.[cm]?js$/.test(file),
  );
  const carried = programs.flatMap((file) => {
    const code = readFileSync(join(dist, file), 'utf8');
    return texts.filter((text) => code.includes(text)).map((text) => `${file}: ${text}`);
  });
  expect(carried).toEqual([]);
});
