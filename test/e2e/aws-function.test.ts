/** Repositories, images and functions against the stand-in of AWS and a real registry. */
import { createHash } from 'node:crypto';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownTags } from '../../src/providers/aws/api/tags.ts';
import { ecrCredentials } from '../../src/providers/aws/images/registry.ts';
import type { AwsDeps } from '../../src/providers/aws/kinds/deps.ts';
import { type FunctionProps, functionKind } from '../../src/providers/aws/kinds/function/index.ts';
import { imageKind } from '../../src/providers/aws/kinds/image/index.ts';
import { repositoryKind } from '../../src/providers/aws/kinds/repository/index.ts';
import { unusedImagesKind } from '../../src/providers/aws/kinds/unused-images/index.ts';
import { fakeCall } from '../providers/aws/fake-clients.ts';
import { type Aws, REFUSED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import {
  HOST,
  imageOf,
  imageProps,
  type KindsLab,
  openKindsLab,
  readWith as read,
  resizeProps,
  SITE,
} from './aws-kinds-lab.ts';
import { EMPTY_ZIP, held, makeRole } from './aws-lab.ts';

const REPOSITORY = { site: SITE, name: 'fdl/shop', keepImages: false, tags: ownTags('shop') };

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('on AWS, as strict as it is,', () => {
  let lab: KindsLab;
  let aws: Aws;
  let role: string;
  /** Of the image of the step `resize`. */
  let uri: string;

  beforeAll(async () => {
    lab = await openKindsLab();
    aws = lab.aws;
    role = await makeRole(lab.standin, { name: 'resize' });
  });

  afterAll(() => lab?.close());

  beforeEach(() => aws.reset());

  const deps = (): Promise<AwsDeps> => lab.deps();
  const functionProps = (changes: Partial<FunctionProps> = {}) => resizeProps(uri, role, changes);

  describe('an image', () => {
    it('is made once its repository is there, and found again without any change', async () => {
      const repositories = repositoryKind(await deps());
      expect(await repositories.read(REPOSITORY, fakeCall())).toBeUndefined();
      const { uri: name, registry: host } = await repositories.reconcile(REPOSITORY, fakeCall());
      expect([name, host]).toEqual([`${HOST}/fdl/shop`, HOST]);
      await repositories.reconcile(REPOSITORY, fakeCall());
      expect(aws.mutations()).toEqual(['ecr:CreateRepository', 'ecr:SetRepositoryPolicy']);
      expect((await read(repositories, REPOSITORY)).changes).toEqual([]);

      const made = await lab.deps([imageOf({ version: 1 })]);
      const [tag = ''] = made.images.keys();
      expect(await imageKind(made).read(imageProps(tag), fakeCall())).toBeUndefined();
      const call = fakeCall();
      const attrs = await imageKind(made).reconcile(imageProps(tag), call);
      expect(attrs.uri).toBe(`${HOST}/fdl/shop@${attrs.digest}`);
      expect(call.said.at(-1)).toMatch(/^sent ([\d.]+) of \1 MB of images$/);
      expect((await read(imageKind(made), imageProps(tag))).attrs).toEqual(attrs);
      uri = attrs.uri;
    });

    it('is stored with the login that AWS gives', async () => {
      const { credentials } = await ecrCredentials(lab.clients, [SITE], fakeCall().signal)(HOST);
      expect(credentials).toMatchObject({ kind: 'password', username: 'AWS' });
    });

    it('is deleted when nobody uses it any more', async () => {
      const { tag } = await lab.compose({ version: 1 });
      const { tag: former } = await lab.compose({ version: 0 });
      const kind = unusedImagesKind(await deps());
      const all = await read(kind, { site: SITE, repository: 'fdl/shop', keep: [], keepSteps: [] });
      const runtime = all.attrs.tags.filter((each) => each.startsWith('runtime-'));
      const props = { site: SITE, repository: 'fdl/shop', keep: [tag, ...runtime], keepSteps: [] };
      expect((await read(kind, props)).changes.map(({ before }) => before)).toEqual([former]);
      await kind.reconcile(props, fakeCall());
      await kind.reconcile(props, fakeCall());
      expect(aws.mutations()).toEqual(['ecr:BatchDeleteImage']);
      expect((await read(kind, props)).attrs.tags).toEqual([...props.keep].sort());
    });
  });

  describe('a function', () => {
    const kind = async () => functionKind(await deps());

    afterEach(async () => {
      aws.reset();
      await (await kind()).delete({ ...functionProps(), arn: '', state: '' }, fakeCall());
    });

    it('is made, is then as desired, and is left alone', async () => {
      const functions = await kind();
      expect(await functions.read(functionProps(), fakeCall())).toBeUndefined();
      const attrs = await functions.reconcile(functionProps(), fakeCall());
      expect(attrs).toMatchObject({ state: 'Active', code: { image: uri }, logGroup: '/aws/lambda/shop' });
      expect(await read(functions, functionProps())).toEqual({ owned: true, attrs, changes: [] });
      await functions.reconcile(functionProps(), fakeCall());
      expect(aws.mutations()).toEqual(['lambda:CreateFunction']);
      expect((await functions.list('shop', fakeCall())).map(({ id }) => id)).toEqual([
        'aws/us-east-1/function/resize',
      ]);
    });

    it('waits for a role that was made a moment ago', async () => {
      const fresh = await makeRole(lab.standin, { name: 'fresh' });
      await (await kind()).reconcile(functionProps({ role: fresh }), fakeCall());
      const made = aws.calls().filter(({ operation }) => operation === 'CreateFunction');
      expect(made.length).toBeGreaterThan(1);
      expect(made[0]?.error).toBe('InvalidParameterValueException');
    });

    it('changes in all that the file can say, each with as few calls as possible', async () => {
      const functions = await kind();
      await functions.reconcile(functionProps(), fakeCall());
      const { uri: other } = await lab.compose({ version: 2 });
      let props = functionProps();
      const steps: readonly [Partial<FunctionProps>, readonly string[]][] = [
        [{ memory: 1024, environment: {}, description: 'x' }, ['UpdateFunctionConfiguration']],
        [{ logFormat: 'JSON', logLevel: 'DEBUG' }, ['UpdateFunctionConfiguration']],
        [{ code: { image: other } }, ['UpdateFunctionCode']],
        [{ tags: { ...ownTags('shop', 'resize'), team: 'blue' } }, ['TagResource']],
        [{ tags: ownTags('shop', 'resize') }, ['UntagResource']],
        [{ reservedConcurrency: 2 }, ['PutFunctionConcurrency']],
        [{ reservedConcurrency: undefined }, ['DeleteFunctionConcurrency']],
        [{ asyncConfig: { retries: 1 } }, ['PutFunctionEventInvokeConfig']],
        [{ asyncConfig: undefined }, ['DeleteFunctionEventInvokeConfig']],
        [
          { code: { image: uri }, timeout: 60, preheat: true },
          ['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'Invoke'],
        ],
      ];
      for (const [changes, expected] of steps) {
        props = { ...props, ...changes };
        aws.reset();
        await functions.reconcile(props, fakeCall());
        // An invocation that nothing here can run is repeated by the SDK.
        expect([...new Set(aws.mutations())]).toEqual(expected.map((operation) => `lambda:${operation}`));
        expect((await read(functions, props)).changes).toEqual([]);
      }
    });

    it('waits for changes that somebody else makes', async () => {
      const functions = await kind();
      await functions.reconcile(functionProps(), fakeCall());
      aws.failNext('lambda:UpdateFunctionConfiguration', {
        code: 'ResourceConflictException',
        message: 'The operation cannot be performed at this time. An update is in progress for resource',
        status: 409,
      });
      await functions.reconcile(functionProps({ memory: 256 }), fakeCall());
      expect((await read(functions, functionProps({ memory: 256 }))).changes).toEqual([]);

      const elsewhere = { FunctionName: 'resize', Timeout: 10 };
      const busy = await held(aws, async () => {
        await lab.standin.lambda.send(new UpdateFunctionConfigurationCommand(elsewhere));
        return read(functions, functionProps({ memory: 256 }));
      });
      expect(busy.changes.map(({ path }) => path)).toEqual(['timeout', 'state']);
      await functions.reconcile(functionProps(), fakeCall());
      expect((await read(functions, functionProps())).changes).toEqual([]);
    });

    it('says why it cannot run, now and in the next plan', async () => {
      const functions = await kind();
      aws.failNextFunction('The image cannot be started');
      const failed = functions.reconcile(functionProps(), fakeCall());
      await expect(failed).rejects.toMatchObject({
        code: 'function-failed',
        message: expect.stringContaining('The image cannot be started'),
      });
      expect((await read(functions, functionProps())).changes).toMatchObject([{ path: 'state' }]);
    });

    it('is waited for by the next attempt where the first one was interrupted', async () => {
      const functions = await kind();
      const stop = new AbortController();
      const call = { signal: stop.signal, progress: () => stop.abort(new Error('interrupted')) };
      const pending = await held(aws, async () => {
        await expect(functions.reconcile(functionProps(), call)).rejects.toThrow('interrupted');
        return read(functions, functionProps());
      });
      expect(pending.changes).toEqual([{ path: 'state', before: 'Pending', after: 'Active' }]);
      await functions.reconcile(functionProps(), fakeCall());
      expect(aws.mutations()).toEqual(['lambda:CreateFunction']);
      expect((await read(functions, functionProps())).changes).toEqual([]);
    });

    it('gets an update again that failed', async () => {
      const functions = await kind();
      await functions.reconcile(functionProps(), fakeCall());
      aws.failNextFunction('No address is free');
      const props = functionProps({ memory: 1024 });
      await expect(functions.reconcile(props, fakeCall())).rejects.toThrow('No address is free');
      await functions.reconcile(props, fakeCall());
      expect((await read(functions, props)).changes).toEqual([]);
    });

    it('is there after any one call failed, or its answer was lost, and the next attempt', async () => {
      const functions = await kind();
      const props = functionProps({ reservedConcurrency: 1, asyncConfig: { retries: 0 } });
      for (const after of [false, true]) {
        for (let nth = 1; nth <= 3; nth += 1) {
          await functions.delete({ ...props, arn: '', state: '' }, fakeCall());
          aws.reset();
          aws.failCall(nth, { failure: { ...REFUSED, after }, mutating: true });
          await expect(functions.reconcile(props, fakeCall())).rejects.toThrow('fails in a test');
          await functions.reconcile(props, fakeCall());
          expect((await read(functions, props)).changes).toEqual([]);
        }
      }
    });

    it('is not one that somebody else made', async () => {
      const functions = await kind();
      await functions.reconcile(functionProps({ tags: { team: 'red' } }), fakeCall());
      expect(await functions.read(functionProps(), fakeCall())).toMatchObject({ owned: false });
      expect(await functions.list('shop', fakeCall())).toEqual([]);
    });

    it('runs an archive', async () => {
      const zip = createHash('sha256').update(EMPTY_ZIP).digest('hex');
      const bundles = new Map([[zip, new Uint8Array(EMPTY_ZIP)]]);
      const functions = functionKind({ ...(await deps()), bundles });
      const code = { zip, handler: 'index.handler', runtime: 'nodejs22.x' };
      await functions.reconcile(functionProps({ code }), fakeCall());
      expect((await read(functions, functionProps({ code }))).changes).toEqual([]);
      const image = await read(functions, functionProps());
      expect(image.changes.some(({ replace }) => replace)).toBe(true);
    });
  });
});
