import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import {
  type UnusedImagesProps,
  unusedImagesKind,
} from '../../../../../src/providers/aws/kinds/unused-images/index.ts';
import { awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const tag = (name: string, digit: number) => `${name}-${String(digit).repeat(12)}`;
const PROPS: UnusedImagesProps = {
  site: SITE,
  repository: 'fdl/shop',
  keep: [tag('resize', 1), tag('count', 1), tag('runtime-x86_64', 1)],
  keepSteps: ['count'],
};
const known = ['resize', 'count'].map((step) => {
  return { kind: 'aws/image', id: `aws/eu-west-1/image/${step}`, props: { step } };
});

/** A repository with these tags, given out two at a time. */
function repository(tags: string[], failures: object[] = []) {
  const fake = fakeClients({
    ecr: {
      ListImages: ({ nextToken = '0' }) => {
        const at = Number(nextToken);
        const imageIds = tags.slice(at, at + 2).map((imageTag) => ({ imageTag }));
        return { imageIds, ...(at + 2 < tags.length && { nextToken: String(at + 2) }) };
      },
      BatchDeleteImage: { failures },
    },
  });
  return { ...fake, kind: unusedImagesKind(fakeDeps({ clients: fake.clients, known })) };
}

describe('images that nobody uses', () => {
  it('are former ones of steps in the file, and of Node: not what is kept, nor what is of others', async () => {
    const kept = [
      ...PROPS.keep,
      tag('count', 2),
      tag('gone', 2),
      'latest',
      'resize-2',
      tag('resize-more', 2),
    ];
    const unused = [tag('resize', 2), tag('resize', 3), tag('runtime-x86_64', 2), tag('runtime-arm64', 2)];
    const { kind, inputs } = repository([...kept.map(String), ...unused]);
    const { attrs } = (await kind.read(PROPS, fakeCall())) ?? {
      attrs: { site: SITE, repository: '', tags: [] },
    };
    expect(kind.changes(PROPS, attrs).map(({ before }) => before)).toEqual([...unused].sort());
    const after = await kind.reconcile(PROPS, fakeCall());
    expect(
      inputs('BatchDeleteImage')[0].imageIds.map(({ imageTag }: { imageTag: string }) => imageTag),
    ).toEqual([...unused].sort());
    expect(kind.changes(PROPS, after)).toEqual([]);
  });

  it('are none where nothing is left over, and none without a repository', async () => {
    const { kind, calls } = repository(PROPS.keep.map(String));
    await kind.reconcile(PROPS, fakeCall());
    expect(calls({ all: false })).toEqual([]);
    const ListImages = () => {
      throw awsFailure('RepositoryNotFoundException');
    };
    const { clients } = fakeClients({ ecr: { ListImages } });
    const read = await unusedImagesKind(fakeDeps({ clients, known })).read(PROPS, fakeCall());
    expect(read).toEqual({ owned: true, attrs: { site: SITE, repository: 'fdl/shop', tags: [] } });
  });

  it('are not known before all tags in use are', () => {
    const { kind } = repository([]);
    const props = {
      ...PROPS,
      keep: [tag('resize', 2), ref('aws/eu-west-1/job-definition/resize', 'formerImages')],
    };
    expect(kind.changes(props, { ...PROPS, tags: [tag('resize', 1)] })).toEqual([]);
  });

  it('may be in use together with others', () => {
    const { kind } = repository([]);
    const props = { ...PROPS, keep: [tag('resize', 1), [tag('resize', 2), tag('resize', 3)]] };
    const tags = [1, 2, 3, 4].map((number) => tag('resize', number));
    expect(kind.changes(props, { ...PROPS, tags }).map(({ before }) => before)).toEqual([tag('resize', 4)]);
  });

  it('may be gone already, but must not stay', async () => {
    const stale = [tag('resize', 2)];
    const gone = repository(stale, [{ failureCode: 'ImageNotFound' }]);
    await gone.kind.reconcile(PROPS, fakeCall());
    const imageId = { imageTag: stale[0] };
    const kept = repository(stale, [{ failureCode: 'KmsError', failureReason: 'no key', imageId }]);
    await expect(kept.kind.reconcile(PROPS, fakeCall())).rejects.toMatchObject({
      code: 'image-not-deleted',
      message: expect.stringContaining(`${stale[0]} cannot be deleted: no key`),
    });
  });
});
