import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { openStores, readProgram } from '../../src/supervisor/program.ts';
import { startRuntimeApi } from '../standins/runtime-api.ts';
import { processSandbox } from '../standins/sandbox.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const INPUT = { store: 's3.default', bucket: 'in', prefix: '' };
const OUTPUT = { ...INPUT, bucket: 'out', prefixes: [], suffixes: [] };
const CONFIG: StepConfig = {
  workflow: 'w',
  step: 's',
  script: 'script.sh',
  inputs: [INPUT],
  outputs: [OUTPUT],
  environment: {},
  stores: [],
};

/** A folder with a step's configuration. */
function stepFolder(changes: Partial<StepConfig> = {}): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...CONFIG, ...changes }));
  writeFileSync(path.join(folder, 'script.sh'), 'echo ran');
  return folder;
}

function programOf(folder: string, argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { signal } = new AbortController();
  const all = { FDL_CONFIG: path.join(folder, 'config.json'), ...env };
  return readProgram({ argv, env: all, say: () => {}, signal });
}

describe('readProgram', () => {
  it('finds the script beside the configuration', async () => {
    const folder = stepFolder();
    expect((await programOf(folder)).config.script).toBe(path.join(folder, 'script.sh'));
  });

  it('prefers options to variables', async () => {
    const folder = stepFolder();
    expect((await programOf(folder, [], { FDL_TMP: '/a' })).deps.tmpRoot).toBe('/a');
    expect((await programOf(folder, ['--tmp', '/b'], { FDL_TMP: '/a' })).deps.tmpRoot).toBe('/b');
    expect(await programOf(folder, ['--event', 'e', '--stores', '/s'])).toMatchObject({
      eventFile: 'e',
      isLocal: true,
    });
  });

  it('says which configuration is missing', async () => {
    await expect(programOf('/no/such')).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('/no/such/config.json'),
    });
  });
});

describe('the secrets of a step', () => {
  const TOKEN = 'very-secret-token';
  const SECRETS = {
    environment: { TOKEN },
    stores: { 'minio.lab': { access_key: 'lab-access', secret_key: 'lab-secret' } },
  };
  const lab = {
    id: 'minio.lab',
    kind: 'minio',
    endpoint: 'http://127.0.0.1:1',
    verifyTls: true,
    credentials: { from: 'parameter' },
  } as const;
  const secrets = { from: 'parameter', name: '/fdl/w/s' } as const;

  async function programWith(changes: Partial<StepConfig>) {
    const said: string[] = [];
    const asked: string[] = [];
    const program = await readProgram({
      argv: [],
      env: { FDL_CONFIG: path.join(stepFolder(changes), 'config.json') },
      say: (line) => said.push(line),
      signal: new AbortController().signal,
      secrets: async ({ name }) => {
        asked.push(name);
        return SECRETS;
      },
    });
    return { program, said, asked };
  }

  it('are fetched once, for the script and for stores, and hidden', async () => {
    const { program, asked } = await programWith({ secrets, stores: [lab] });
    const { deps } = program;
    expect(asked).toEqual(['/fdl/w/s']);
    expect(deps.secretEnvironment).toEqual({ TOKEN });
    expect(await deps.storage('minio.lab')).toBeDefined();
    expect(deps.mask?.(`${TOKEN} lab-access lab-secret`)).toBe('(secret) (secret) (secret)');
    expect(JSON.stringify(program.config)).not.toContain('lab-');
  });

  it('must have the credentials of a store that is said to be among them', async () => {
    const { deps } = (await programWith({ secrets, stores: [{ ...lab, id: 'minio.far' }] })).program;
    await expect(async () => deps.storage('minio.far')).rejects.toMatchObject({
      code: 'credentials-missing',
    });
  });

  it('are not asked for where there are none', async () => {
    const { program, asked } = await programWith({});
    expect([asked, program.deps.secretEnvironment]).toEqual([[], undefined]);
  });
});

describe('openStores', () => {
  const open = async (changes: Partial<StepConfig>) => openStores(await programOf(stepFolder(changes)));

  it('opens what the step names', async () => {
    await expect(open({})).resolves.toBeUndefined();
  });

  it('throws for stores that cannot be opened', async () => {
    const outputs = [{ ...OUTPUT, store: 'minio.nowhere' }];
    await expect(open({ outputs })).rejects.toMatchObject({ code: 'storage-unknown' });
    const credentials = { from: 'environment', variables: { access_key: 'NOT_SET' } } as const;
    const stores = [{ id: 'minio.m', kind: 'minio', verifyTls: true, credentials }] as const;
    const inputs = [{ ...INPUT, store: 'minio.m' }];
    await expect(open({ inputs, stores })).rejects.toMatchObject({ code: 'credentials-missing' });
  });

  it('does not need the store of an input that is not downloaded', async () => {
    const inputs = [{ ...INPUT, store: 'onedata.far' }];
    await expect(open({ inputs, stageIn: false })).resolves.toBeUndefined();
  });
});

describe('the bundled program', () => {
  /** What was loaded when the program ended: the AWS SDK leaves a name at the top, and our HTTP client listens to itself. */
  const WATCH = `import { hasSubscribers } from 'node:diagnostics_channel';
    const loaded = () => ['awslambda' in globalThis, hasSubscribers('undici:client:connected')];
    process.once('exit', () => console.log('SDK: %s, HTTP: %s', ...loaded()));`;

  function start(folder: string, env: Readonly<Record<string, string>>) {
    const watch = path.join(folder, 'watch.mjs');
    writeFileSync(watch, WATCH);
    const config = path.join(folder, 'config.json');
    const all = { FDL_CONFIG: config, FDL_TMP: path.join(folder, 'tmp'), ...env };
    const sandbox = processSandbox(process.execPath, ['--import', watch, PROGRAM], all);
    onTestFinished(sandbox.kill);
    return sandbox;
  }

  it('does not load the AWS SDK where no store needs it', async () => {
    const folder = stepFolder();
    const stores = path.join(folder, 'stores');
    mkdirSync(path.join(stores, 's3.default/out'), { recursive: true });
    const sandbox = start(folder, { FDL_STORES: stores, FDL_EVENT: 'x' });
    expect(await sandbox.exited).toBe(0);
    expect(sandbox.output()).toContain('SDK: false, HTTP: false');
    expect(sandbox.output()).toContain('ran');
  });

  it.each([
    ['for S3', {}, true],
    ['but not for folders', { FDL_STORES: '/stores' }, false],
  ])(
    'loads what requests take on AWS Lambda before the first event %s, and ends when it is told to',
    async (_what, env, loads) => {
      const api = await startRuntimeApi();
      onTestFinished(api.close);
      const sandbox = start(stepFolder(), { AWS_LAMBDA_RUNTIME_API: api.address, ...env });
      await api.ready();
      sandbox.stop();
      expect(await sandbox.exited).toBe(0);
      expect(sandbox.output()).toContain(`SDK: false, HTTP: ${loads}`);
    },
  );
});
