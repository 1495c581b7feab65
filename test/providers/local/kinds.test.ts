import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/deploy/resource.ts';
import { localDesired, localFacts } from '../../../src/providers/local/desired.ts';
import type { LocalHome } from '../../../src/providers/local/home.ts';
import { bucketKind } from '../../../src/providers/local/kinds/bucket.ts';
import { historyKind } from '../../../src/providers/local/kinds/history.ts';
import {
  listRecords,
  payloadPath,
  type StepProps,
  scriptPath,
  stepKind,
} from '../../../src/providers/local/kinds/step.ts';
import { takeLock } from '../../../src/providers/local/lock.ts';
import type { Script } from '../../../src/workflow/model.ts';
import { COUNT, UPPER, workflowText } from '../../e2e/project.ts';
import { newHome, workflowOf } from './samples.ts';

const CALL: CallContext = { signal: new AbortController().signal, progress: () => {} };
const PLACE = { file: 'w.yaml', line: 1, column: 1 };
const BUCKET = { namespace: 's3.default', bucket: 'shop' };

describe('what a workflow looks like on this machine', () => {
  const desired = async (text: string, env = {}) => {
    const workflow = workflowOf(text, env);
    return localDesired(workflow, await localFacts(workflow));
  };

  it('is a history, a folder for each bucket, a record for each step', async () => {
    const resources = await desired(workflowText([UPPER, COUNT]));
    expect(resources.map(({ id }) => id)).toEqual([
      'local/shop/history/shop',
      'local/shop/bucket/s3.default/shop',
      'local/shop/step/upper',
      'local/shop/step/count',
    ]);
    expect(resources[3]).toMatchObject({
      step: 'count',
      dependsOn: ['local/shop/history/shop', 'local/shop/bucket/s3.default/shop'],
      props: {
        image: 'busybox:1',
        inputs: ['s3.default://shop/upper'],
        script: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
  });

  it('tells scripts apart by their content, and of secrets only names', async () => {
    const variables = { PLAIN: 'shown', TOKEN: '${env:TOKEN}' };
    const props = async (token: string, script = UPPER.script) =>
      (await desired(workflowText([{ ...UPPER, script, variables }]), { TOKEN: token })).at(-1)?.props;
    expect(await props('one')).toEqual(await props('two'));
    expect(JSON.stringify(await props('one-secret'))).not.toContain('one-secret');
    expect(await props('one')).toMatchObject({ environment: { PLAIN: 'shown' }, secrets: ['TOKEN'] });
    expect((await props('one', 'other'))?.['script']).not.toBe((await props('one'))?.['script']);
  });

  it('is nothing where all services only answer requests', async () => {
    const text = JSON.stringify({ functions: { oscar: [{ lab: { name: 's', image: 'i' } }] } });
    expect(await desired(text)).toEqual([]);
  });

  it('needs scripts that can be read', async () => {
    const text = workflowText([{ ...UPPER, more: { init_script: 'gone.sh' } }]);
    await expect(desired(text)).rejects.toMatchObject({ code: 'script-unreadable' });
  });
});

describe('a bucket', () => {
  const folder = (home: LocalHome) => path.join(home.buckets, 's3.default/shop');

  it('is a folder that is found again', async () => {
    const home = newHome();
    const kind = bucketKind(home, { deleteData: false });
    expect(await kind.read(BUCKET, CALL)).toBeUndefined();
    await kind.reconcile(BUCKET, CALL);
    expect(await kind.read(BUCKET, CALL)).toEqual({ owned: true, attrs: BUCKET });
    expect(await kind.list('shop', CALL)).toEqual([
      { id: 'local/shop/bucket/s3.default/shop', attrs: BUCKET },
    ]);
  });

  it('goes when there are no files in it, and stays otherwise', async () => {
    const home = newHome();
    const kind = bucketKind(home, { deleteData: false });
    mkdirSync(path.join(folder(home), 'empty/folders'), { recursive: true });
    writeFileSync(path.join(folder(home), 'file'), '');
    expect(await kind.delete(BUCKET, CALL)).toMatchObject({ kept: expect.stringContaining(folder(home)) });
    expect(existsSync(path.join(folder(home), 'file'))).toBe(true);
    rmSync(path.join(folder(home), 'file'));
    mkdirSync(path.join(folder(home), 'empty/folders'), { recursive: true });
    expect(await kind.delete(BUCKET, CALL)).toBeUndefined();
    expect(existsSync(home.buckets)).toBe(false);
    expect(await kind.delete(BUCKET, CALL)).toBeUndefined();
  });

  it('goes with its files where data may be deleted', async () => {
    const home = newHome();
    mkdirSync(folder(home), { recursive: true });
    writeFileSync(path.join(folder(home), 'file'), '');
    await bucketKind(home, { deleteData: true }).delete(BUCKET, CALL);
    expect(existsSync(home.buckets)).toBe(false);
  });
});

describe('a step', () => {
  const inline: Script = { kind: 'inline', text: 'echo 1', place: PLACE };
  const props: StepProps = {
    ...{ step: 'lab/upper', provider: 'oscar', mode: 'service', image: 'x', limits: { gpus: 0 } },
    ...{ inputs: [], outputs: [], environment: {}, secrets: [] },
  };
  const kindOf = (home: LocalHome, script: Script = inline) =>
    stepKind(home, new Map([['lab/upper', { script }]]));

  it('is a record with a copy of its script, found again as what would run', async () => {
    const home = newHome();
    await kindOf(home).reconcile(props, CALL);
    const copy = scriptPath(home, 'lab/upper');
    expect(readFileSync(copy, 'utf8')).toBe('echo 1');
    const found = await kindOf(home).read(props, CALL);
    const script = found?.attrs.script;
    expect(found).toEqual({
      owned: true,
      attrs: { ...props, script: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    writeFileSync(copy, 'echo 2');
    expect((await kindOf(home).read(props, CALL))?.attrs['script']).not.toBe(script);
    rmSync(copy);
    expect((await kindOf(home).read(props, CALL))?.attrs).toEqual(props);
  });

  it('has a copy that everybody can read, in place of the old one and not in it', async () => {
    const home = newHome();
    const source = path.join(home.root, 'upper.sh');
    writeFileSync(source, 'echo old', { mode: 0o600 });
    const kind = kindOf(home, { kind: 'file', path: source, place: PLACE });
    await kind.reconcile(props, CALL);
    const before = statSync(scriptPath(home, 'lab/upper'));
    expect(before.mode & 0o777).toBe(0o755);
    writeFileSync(source, 'echo new');
    await kind.reconcile(props, CALL);
    expect(readFileSync(scriptPath(home, 'lab/upper'), 'utf8')).toBe('echo new');
    expect(statSync(scriptPath(home, 'lab/upper')).ino).not.toBe(before.ino);
  });

  it('has a copy of its further files, in a folder of its own, which everybody can read', async () => {
    const home = newHome();
    const source = path.join(home.root, 'model');
    mkdirSync(path.join(source, 'deep'), { recursive: true });
    writeFileSync(path.join(source, 'deep/run'), 'x', { mode: 0o700 });
    const kind = (at: string) =>
      stepKind(home, new Map([['lab/upper', { payload: { path: at, place: PLACE } }]]));
    const withPayload = { ...props, payload: 'sha256:1' };
    await kind(source).reconcile(withPayload, CALL);
    const copy = payloadPath(home, 'lab/upper');
    expect(statSync(path.join(copy, 'deep/run')).mode & 0o777).toBe(0o755);
    expect((await kind(source).read(withPayload, CALL))?.attrs).toEqual(withPayload);
    await kind(path.join(source, 'deep/run')).reconcile(withPayload, CALL);
    expect(readdirSync(copy)).toEqual(['run']);
    rmSync(copy, { recursive: true });
    expect((await kind(source).read(withPayload, CALL))?.attrs).toEqual(props);
    await kind(source).reconcile(withPayload, CALL);
    await kindOf(home).reconcile(props, CALL);
    expect(existsSync(copy)).toBe(false);
  });

  it('changes by properties', () => {
    // A record of another release may have properties of its own.
    const former = { timeout: 3, ...props } as StepProps;
    expect(kindOf(newHome()).changes({ ...props, image: 'y', mode: 'batch' }, former)).toEqual([
      { path: 'mode', before: 'service', after: 'batch' },
      { path: 'image', before: 'x', after: 'y' },
      { path: 'timeout', before: 3, after: undefined },
    ]);
    const { step, ...others } = props;
    expect(kindOf(newHome()).changes(props, { ...others, step })).toEqual([]);
  });

  it('is written anew when its record cannot be read', async () => {
    const home = newHome();
    await kindOf(home).reconcile(props, CALL);
    writeFileSync(path.join(home.steps, 'lab@upper.json'), '{"step":');
    expect(await kindOf(home).read(props, CALL)).toBeUndefined();
    expect(listRecords(home)).toEqual([]);
    await kindOf(home).reconcile(props, CALL);
    expect(listRecords(home)).toMatchObject([{ step: 'lab/upper' }]);
  });

  it('goes with its script, gone or not', async () => {
    const home = newHome();
    await kindOf(home).reconcile(props, CALL);
    for (let time = 0; time < 2; time += 1) await kindOf(home).delete(props, CALL);
    expect([listRecords(home), existsSync(scriptPath(home, 'lab/upper'))]).toEqual([[], false]);
  });
});

describe('the history', () => {
  it('goes with all that was noted, and the folders that are empty then', async () => {
    const home = newHome();
    const kind = historyKind(home);
    await kind.reconcile({ workflow: 'shop' }, CALL);
    for (const file of [home.log, home.checkpoint]) writeFileSync(file, '{}');
    for (const folder of [home.tmp, home.scripts, home.steps]) mkdirSync(folder);
    writeFileSync(path.join(home.scripts, 'x.part'), 'left by a killed process');
    expect(await kind.list('shop', CALL)).toHaveLength(1);
    await kind.delete({ workflow: 'shop' }, CALL);
    expect(existsSync(path.dirname(home.root))).toBe(false);
    expect(await kind.list('shop', CALL)).toEqual([]);
  });
});

it('nothing goes while a process works on the workflow', async () => {
  const home = newHome();
  const give = takeLock(home);
  const locked = { code: 'locked' };
  await expect(bucketKind(home, { deleteData: true }).delete(BUCKET, CALL)).rejects.toMatchObject(locked);
  await expect(stepKind(home, new Map()).delete({ step: 'a' } as StepProps, CALL)).rejects.toMatchObject(
    locked,
  );
  await expect(historyKind(home).delete({ workflow: 'shop' }, CALL)).rejects.toMatchObject(locked);
  give();
});
