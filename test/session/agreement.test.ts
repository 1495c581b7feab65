/** What `validate` says of a file, and what plans make of it that ask nobody: they do not differ. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { FdlError } from '../../src/errors.ts';
import { open } from '../../src/session/index.ts';
import { faultsOfFile } from '../../src/workflow/read.ts';
import { CORPUS, corpusFiles } from '../corpus/folder.ts';
import { ALL } from '../fdl/decisions/all.ts';
import { onAws, onOscar, readText, type Surroundings } from '../fdl/read-text.ts';

interface Case {
  readonly what: string;
  readonly fdl: string | Uint8Array;
  readonly in?: Surroundings;
}

const store = (kind: string, fields = '') => `storage_providers: {${kind}: {mine: {${fields}}}}`;
const folder = (key: string, kind: string) => `${key}: [{storage_provider: ${kind}.mine, path: bkt/${key}}]`;
const KEYS: Readonly<Record<string, string>> = {
  s3: 'access_key: a, secret_key: b',
  minio: 'endpoint: "https://m", access_key: a, secret_key: b',
  webdav: 'hostname: h, login: l, password: p',
  onedata: 'oneprovider_host: h, token: t, space: s',
  azure: 'account: a, account_key: Yg==',
  rucio: 'host: h, account: a, rse: r, auth_host: h, refresh_token: t',
};
const UNSET = 'endpoint: "https://m", access_key: "${env:A}", secret_key: "${env:B}"';

/** Each kind of store, with all its fields, without the last of them, and without any, on both sides of steps of both clouds. */
const STORES: readonly Case[] = Object.entries({ ...KEYS, 'minio ': UNSET }).flatMap(([name, all]) => {
  const kind = name.trim();
  const fields = [all, all.split(', ').slice(0, -1).join(', '), ''];
  return ['input', 'output'].flatMap((key) =>
    fields.flatMap((given) => [
      { what: `${key} ${given} on AWS`, fdl: onAws(folder(key, kind), '', store(kind, given)) },
      { what: `${key} ${given} on OSCAR`, fdl: onOscar(folder(key, kind), store(kind, given)) },
    ]),
  );
});

const OTHERS: readonly Case[] = [
  { what: 'a service alone', fdl: onOscar('expose: {api_port: 80}') },
  {
    what: 'a mount',
    fdl: onOscar('mount: {storage_provider: webdav.mine, path: /a}', store('webdav', 'hostname: h')),
  },
  { what: 'two regions', fdl: onAws('region: eu-west-1\ninput: [{storage_provider: s3, path: bkt/a}]') },
];

const FILES = corpusFiles().map((what) => ({ what, fdl: readFileSync(path.join(CORPUS, what)) }));

/** Large files are about reading alone, and take their time. */
const READ = ALL.filter(({ fdl }) => fdl.length < 10_000);

/** What a plan fails with that nothing was said against, or succeeds in though it cannot: nothing where both agree. */
async function differences({ what, fdl, in: around = {} }: Case, target: 'cloud' | 'local') {
  const { file, folder: root, workflow } = await readText(fdl, around);
  for (const { script } of workflow?.steps ?? []) if (script?.kind === 'file') writeScript(script.path, root);
  const environment = { AWS_REGION: 'eu-west-1', FDL_HOME: path.join(root, 'home'), ...around.environment };
  const settings = { environment, target, workingDirectory: path.join(root, 'work') };
  const session = await open(file, { ...settings, purpose: 'look' }).catch(codeOf);
  // It is not valid: both say so.
  if (typeof session === 'string') return session === 'file-invalid' ? [] : [`${what}: ${session}`];
  const faults = faultsOfFile(session.diagnostics, target).map(({ code }) => code);
  // Nobody plans what the opening refuses.
  if (target === 'local' && faults.length > 0) return [];
  const planned = await session.plan(target === 'cloud' ? { offline: true } : {}).catch(codeOf);
  const failure = typeof planned === 'string' ? planned : undefined;
  // A value that is not given here may be given elsewhere.
  const expected = faults.length > 0 ? [undefined, 'file-invalid'] : [undefined, 'value-unset'];
  return expected.includes(failure) ? [] : [`${what} (${target}): ${faults} and ${failure}`];
}

function writeScript(file: string, root: string): void {
  if (!file.startsWith(root) || existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, ':\n');
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof FdlError) return thrown.code;
  throw thrown;
}

it.each(['cloud', 'local'] as const)(
  'for the %s, all that stops a plan was said of the file',
  async (target) => {
    const found: string[] = [];
    for (const each of [...READ, ...STORES, ...OTHERS, ...FILES])
      found.push(...(await differences(each, target)));
    expect(found).toEqual([]);
  },
);
