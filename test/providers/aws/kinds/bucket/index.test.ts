import { describe, expect, it } from 'vitest';
import { bucketKind } from '../../../../../src/providers/aws/kinds/bucket/index.ts';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const TAGS = { 'fdl:workflow': 'shop' };
const PROPS = { site: SITE, bucket: 'photos', tags: TAGS };
const ATTRS = { site: SITE, bucket: 'photos', region: 'eu-west-1', keys: [], tags: TAGS };

function fail(code: string, status = 400): () => never {
  return () => {
    throw awsFailure(code, status);
  };
}

const tagSet = (tags: object) => ({ TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });

/** A bucket that is there with these tags, unless `answers` say something else. */
function s3(answers: Readonly<Record<string, Answer>> = {}, more: Partial<AwsDeps> = {}) {
  const fake = fakeClients({
    s3: {
      HeadBucket: { BucketRegion: 'eu-west-1' },
      GetBucketTagging: tagSet(TAGS),
      GetBucketEncryption: fail('ServerSideEncryptionConfigurationNotFoundError', 404),
      CreateBucket: {},
      PutPublicAccessBlock: {},
      PutBucketEncryption: {},
      PutBucketTagging: {},
      ...answers,
    },
  });
  return { ...fake, kind: bucketKind(fakeDeps({ clients: fake.clients, ...more })) };
}

const ABSENT = { HeadBucket: fail('NotFound', 404) };
const FINISHED = [
  's3 CreateBucket',
  's3 PutPublicAccessBlock',
  's3 PutBucketEncryption',
  's3 PutBucketTagging',
];

describe('a bucket that is made', () => {
  it('is closed to the public, encrypted and tagged, in its region', async () => {
    const { kind, calls, inputs } = s3(ABSENT);
    expect(await kind.reconcile(PROPS, CALL)).toEqual(ATTRS);
    expect(calls({ all: false })).toEqual(FINISHED);
    expect(inputs('CreateBucket')[0].CreateBucketConfiguration).toEqual({
      LocationConstraint: 'eu-west-1',
      Tags: [
        { Key: 'fdl:workflow', Value: 'shop' },
        { Key: 'fdl:unfinished', Value: 'true' },
      ],
    });
    expect(inputs('PutBucketTagging')[0].Tagging).toEqual(tagSet(TAGS));
  });

  it('has no location in us-east-1', async () => {
    const { kind, inputs } = s3(ABSENT);
    await kind.reconcile({ ...PROPS, site: { region: 'us-east-1' } }, CALL);
    expect(inputs('CreateBucket')[0].CreateBucketConfiguration).not.toHaveProperty('LocationConstraint');
  });

  it('waits until a name that was just given up is free', async () => {
    const busy = (_input: unknown, before: number) => (before < 2 ? fail('OperationAborted', 409)() : {});
    const { kind, calls } = s3({ ...ABSENT, CreateBucket: busy });
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([...FINISHED.slice(0, 1), ...FINISHED.slice(0, 1), ...FINISHED]);
  });

  it('is refused where somebody else has the name', async () => {
    const { kind } = s3({ ...ABSENT, CreateBucket: fail('BucketAlreadyExists', 409) });
    await expect(kind.reconcile(PROPS, CALL)).rejects.toMatchObject({ code: 'bucket-foreign' });
  });

  it('stays recognisable when something fails in between, and is finished the next time', async () => {
    const failed = s3({ ...ABSENT, PutPublicAccessBlock: fail('AccessDenied', 403) });
    await expect(failed.kind.reconcile(PROPS, CALL)).rejects.toMatchObject({ code: 'aws-denied' });
    const unfinished = { ...TAGS, 'fdl:unfinished': 'true' };
    expect(failed.inputs('PutBucketTagging')[0].Tagging).toEqual(tagSet(unfinished));
    const { kind, calls } = s3({ GetBucketTagging: tagSet(unfinished) });
    const observed = await kind.read(PROPS, CALL);
    expect(observed).toMatchObject({ owned: true });
    expect(kind.changes(PROPS, observed?.attrs ?? ATTRS)).toEqual([
      { path: 'tags.fdl:unfinished', before: 'true', after: undefined },
    ]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(FINISHED.slice(1));
  });
});

describe('a bucket that is there', () => {
  it('is ours by its tag alone', async () => {
    expect(await s3().kind.read(PROPS, CALL)).toEqual({ owned: true, attrs: ATTRS });
    const untagged = s3({ GetBucketTagging: fail('NoSuchTagSet', 404) });
    expect(await untagged.kind.read(PROPS, CALL)).toEqual({ owned: false, attrs: { ...ATTRS, tags: {} } });
    const others = s3({ GetBucketTagging: tagSet({ 'fdl:workflow': 'other' }) });
    expect(await others.kind.read(PROPS, CALL)).toMatchObject({ owned: false });
  });

  it('keeps all tags that are not ours', async () => {
    const found = { 'aws:cloudformation:stack-name': 's', team: 'vision', 'fdl:old': 'x', ...TAGS };
    const { kind, inputs } = s3({ GetBucketTagging: tagSet(found) });
    expect(kind.changes(PROPS, { ...ATTRS, tags: found }).map(({ path }) => path)).toEqual(['tags.fdl:old']);
    await kind.reconcile(PROPS, CALL);
    const { 'fdl:old': _, ...kept } = found;
    expect(inputs('PutBucketTagging')[0].Tagging).toEqual(tagSet(kept));
  });

  it('is not written to where nothing differs', async () => {
    const { kind, calls } = s3();
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('tells the keys that are not those of AWS', async () => {
    const keysOf = async (...ids: (string | undefined)[]) => {
      const Rules = ids.map((KMSMasterKeyID) => ({ ApplyServerSideEncryptionByDefault: { KMSMasterKeyID } }));
      const { kind } = s3({ GetBucketEncryption: { ServerSideEncryptionConfiguration: { Rules } } });
      return (await kind.read(PROPS, CALL))?.attrs.keys;
    };
    const arn = 'arn:aws:kms:eu-west-1:1:key/k';
    expect(await keysOf(undefined, 'arn:aws:kms:eu-west-1:1:alias/aws/s3', arn)).toEqual([arn]);
    expect(await keysOf('k', 'alias/mine')).toEqual([
      'arn:aws:kms:eu-west-1:*:key/k',
      'arn:aws:kms:eu-west-1:*:alias/mine',
    ]);
  });

  it('must be in the region of the step that it triggers, but not of one that writes to it', async () => {
    const { kind, sent } = s3({ HeadBucket: { BucketRegion: 'us-west-2' } });
    const inputs = kind.read({ ...PROPS, needsRegion: true }, CALL);
    await expect(inputs).rejects.toMatchObject({ code: 'bucket-region' });
    expect(await kind.read(PROPS, CALL)).toMatchObject({ attrs: { region: 'us-west-2' } });
    expect(sent.at(-1)?.site).toEqual({ region: 'us-west-2' });
  });

  it('is an error where we may not see it', async () => {
    const { kind } = s3({ HeadBucket: fail('Unknown', 403) });
    await expect(kind.read(PROPS, CALL)).rejects.toMatchObject({ code: 'bucket-foreign' });
  });
});

describe('a bucket that is deleted', () => {
  it('goes if it is empty; it may be gone already', async () => {
    expect(await s3({ DeleteBucket: {} }).kind.delete(ATTRS, CALL)).toBeUndefined();
    expect(await s3({ DeleteBucket: fail('NoSuchBucket', 404) }).kind.delete(ATTRS, CALL)).toBeUndefined();
  });

  it('stays with its files', async () => {
    const { kind } = s3({ DeleteBucket: fail('BucketNotEmpty', 409) });
    const kept = 'it is not empty: s3://photos (--delete-data removes it)';
    expect(await kind.delete(ATTRS, CALL)).toEqual({ kept });
  });

  it('says before what would stay, as far as one call tells', async () => {
    const version = (Key: string, IsLatest = true) => ({ Key, VersionId: '1', IsLatest });
    const stays = (answer: Answer) => s3({ ListObjectVersions: answer }).kind.stays?.(ATTRS, CALL);
    const files = Array.from({ length: 12 }, (_, index) => version(`f${index}`));
    expect(await stays({ Versions: files })).toEqual({
      why: 'has 12 files; --delete-data removes it',
      isSure: true,
    });
    const thousand = Array.from({ length: 1000 }, (_, index) => version(`f${index}`));
    expect((await stays({ Versions: thousand, IsTruncated: true }))?.why).toMatch(/^has over 1,000 files;/);
    expect((await stays({ Versions: [version('a')] }))?.why).toMatch(/^has 1 file;/);
    expect((await stays({ Versions: [version('a', false)], DeleteMarkers: [{}] }))?.why).toMatch(
      /^has old versions/,
    );
    expect(await stays({})).toBeUndefined();
    expect(await stays(fail('NoSuchBucket', 404))).toBeUndefined();
    expect(await stays(fail('AccessDenied', 403))).toEqual({
      why: 'if there are files in it; --delete-data removes it',
      isSure: false,
    });
    const { kind, calls } = s3({}, { deleteData: true });
    expect(await kind.stays?.(ATTRS, CALL)).toBeUndefined();
    expect(calls({ all: true })).toEqual([]);
  });

  it('is emptied first where its data may go, page by page, with every version', async () => {
    const pages = [
      { Versions: [{ Key: 'a', VersionId: '1' }], DeleteMarkers: [{ Key: 'b', VersionId: '2' }] },
      { Versions: [{ Key: 'c', VersionId: 'null' }] },
    ];
    const deletion = (_input: unknown, before: number) => (before === 0 ? fail('BucketNotEmpty', 409)() : {});
    const answers = {
      DeleteBucket: deletion,
      ListObjectVersions: (_input: unknown, before: number) => pages[before] ?? {},
      DeleteObjects: {},
    };
    const { kind, inputs } = s3(answers, { deleteData: true });
    expect(await kind.delete(ATTRS, CALL)).toBeUndefined();
    expect(inputs('DeleteObjects').map(({ Delete }) => Delete.Objects)).toEqual([
      [
        { Key: 'a', VersionId: '1' },
        { Key: 'b', VersionId: '2' },
      ],
      [{ Key: 'c', VersionId: 'null' }],
    ]);
  });

  it('says what could not be deleted, and gives up where files still arrive', async () => {
    const full = { DeleteBucket: fail('BucketNotEmpty', 409) };
    const locked = {
      ...full,
      ListObjectVersions: { Versions: [{ Key: 'a', VersionId: '1' }] },
      DeleteObjects: { Errors: [{ Key: 'a', Code: 'AccessDenied', Message: 'Access Denied' }] },
    };
    const failing = s3(locked, { deleteData: true }).kind.delete(ATTRS, CALL);
    await expect(failing).rejects.toMatchObject({
      code: 'object-undeletable',
      message: 's3://photos/a cannot be deleted: Access Denied',
    });
    const busy = s3({ ...full, ListObjectVersions: {} }, { deleteData: true }).kind.delete(ATTRS, CALL);
    await expect(busy).rejects.toMatchObject({ code: 'bucket-busy' });
  });
});

describe('the buckets of a workflow', () => {
  it('are those with its tag; the file may name one of another account', async () => {
    const HeadBucket = ({ Bucket }: { readonly Bucket: string }) =>
      Bucket === 'foreign' ? fail('Unknown', 403)() : { BucketRegion: 'eu-west-1' };
    const known = [
      { kind: 'aws/bucket', id: 'aws/eu-west-1/bucket/foreign', props: { ...PROPS, bucket: 'foreign' } },
    ];
    const tagged = async () =>
      ['arn:aws:s3:::photos', 'arn:aws:logs:eu-west-1:1:log-group:x'].map((arn) => ({ arn, tags: {} }));
    const { kind } = s3({ HeadBucket }, { known, tagged });
    expect(await kind.list('shop', CALL)).toEqual([
      { id: 'aws/eu-west-1/bucket/photos', step: undefined, attrs: ATTRS },
    ]);
  });
});
