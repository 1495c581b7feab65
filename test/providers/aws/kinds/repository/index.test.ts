import { describe, expect, it } from 'vitest';
import { parseArn } from '../../../../../src/providers/aws/api/tagged.ts';
import { fromTagList, ownTags, tagList } from '../../../../../src/providers/aws/api/tags.ts';
import {
  allowsPull,
  type RepositoryProps,
  repositoryKind,
  withPull,
} from '../../../../../src/providers/aws/kinds/repository/index.ts';
import { awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const PROPS: RepositoryProps = { site: SITE, name: 'fdl/shop', keepImages: false, tags: ownTags('shop') };
const ARN = 'arn:aws:ecr:eu-west-1:123456789012:repository/fdl/shop';
const REGISTRY = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const REPOSITORY = { repositoryArn: ARN, repositoryUri: `${REGISTRY}/fdl/shop` };
const mutating = { all: false };

/** ECR with at most one repository. */
function ecr(options: { tags?: Record<string, string>; images?: number; hiddenOnce?: boolean } = {}) {
  let tags = options.tags;
  let policy: string | undefined;
  const missing = () => {
    throw awsFailure('RepositoryNotFoundException', 400);
  };
  const fake = fakeClients({
    ecr: {
      DescribeRepositories: (_, before) => {
        if (!tags || (options.hiddenOnce && before === 0)) return missing();
        return { repositories: [REPOSITORY] };
      },
      ListTagsForResource: () => ({ tags: tagList(tags ?? {}) }),
      GetRepositoryPolicy: () => {
        if (policy === undefined) throw awsFailure('RepositoryPolicyNotFoundException', 400);
        return { policyText: policy };
      },
      CreateRepository: (input) => {
        if (tags) throw awsFailure('RepositoryAlreadyExistsException', 400);
        tags = fromTagList(input.tags);
        return { repository: REPOSITORY };
      },
      SetRepositoryPolicy: ({ policyText }) => {
        policy = policyText;
      },
      TagResource: (input) => {
        tags = { ...tags, ...fromTagList(input.tags) };
      },
      UntagResource: ({ tagKeys }) => {
        tags = Object.fromEntries(Object.entries(tags ?? {}).filter(([name]) => !tagKeys.includes(name)));
      },
      DeleteRepository: ({ force }) => {
        if (!tags) return missing();
        if (!force && options.images) throw awsFailure('RepositoryNotEmptyException', 400);
        tags = undefined;
      },
    },
  });
  return { ...fake, kind: repositoryKind(fakeDeps({ clients: fake.clients })), tags: () => tags };
}

describe('a repository', () => {
  it('is made, opened for AWS Lambda, and then left alone', async () => {
    const { kind, calls, forget } = ecr();
    expect(await kind.read(PROPS, fakeCall())).toBeUndefined();
    const attrs = await kind.reconcile(PROPS, fakeCall());
    expect(calls(mutating)).toEqual(['ecr CreateRepository', 'ecr SetRepositoryPolicy']);
    expect(attrs).toMatchObject({ arn: ARN, registry: REGISTRY, uri: `${REGISTRY}/fdl/shop` });
    expect(kind.changes(PROPS, attrs)).toEqual([]);
    forget();
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual(attrs);
    expect(calls(mutating)).toEqual([]);
  });

  it('remembers that its images are to be kept', async () => {
    const { kind, tags } = ecr({ tags: PROPS.tags, images: 1 });
    const props = { ...PROPS, keepImages: true };
    const before = await kind.read(props, fakeCall());
    expect(before && kind.changes(props, before.attrs).map(({ path }) => path)).toEqual([
      'keepImages',
      'lambdaMayPull',
    ]);
    const attrs = await kind.reconcile(props, fakeCall());
    expect(kind.changes(props, attrs)).toEqual([]);
    expect(await kind.delete(attrs, fakeCall())).toEqual({ kept: expect.stringContaining('delete_image') });
    await kind.reconcile(PROPS, fakeCall());
    expect(tags()).toEqual(PROPS.tags);
  });

  it('goes with its images; one without images goes also where images are to be kept', async () => {
    const full = ecr({ tags: PROPS.tags, images: 1 });
    const attrs = await full.kind.reconcile(PROPS, fakeCall());
    expect(await full.kind.delete(attrs, fakeCall())).toBeUndefined();
    expect(full.tags()).toBeUndefined();
    expect(await full.kind.delete(attrs, fakeCall())).toBeUndefined();
    const empty = ecr({ tags: PROPS.tags });
    expect(await empty.kind.delete({ ...attrs, keepImages: true }, fakeCall())).toBeUndefined();
  });

  it('is taken for what a call with a lost answer made, but not from others', async () => {
    const ours = ecr({ tags: PROPS.tags, hiddenOnce: true });
    expect(await ours.kind.reconcile(PROPS, fakeCall())).toMatchObject({ lambdaMayPull: true });
    const others = ecr({ tags: {}, hiddenOnce: true });
    await expect(others.kind.reconcile(PROPS, fakeCall())).rejects.toThrow('RepositoryAlreadyExists');
  });

  it('is found by its tag, or by the file where the tagging API is late', async () => {
    const { clients } = ecr({ tags: PROPS.tags });
    const known = [{ kind: 'aws/repository', id: 'aws/eu-west-1/repository/fdl/shop', props: PROPS }];
    const tagged = async () => [{ arn: ARN, tags: {} }];
    for (const source of [{ known }, { tagged }, { known, tagged }]) {
      const found = await repositoryKind(fakeDeps({ clients, ...source })).list('shop', fakeCall());
      expect(found.map(({ id }) => id)).toEqual(['aws/eu-west-1/repository/fdl/shop']);
    }
  });
});

describe('the policy of a repository', () => {
  const arn = parseArn(ARN);

  it('lets functions of the account in the region pull, and nobody else', () => {
    expect(allowsPull(undefined, arn)).toBe(false);
    const policy = withPull(undefined, arn);
    expect(allowsPull(policy, arn)).toBe(true);
    expect(allowsPull(policy, { ...arn, account: '210987654321' })).toBe(false);
    expect(JSON.parse(policy)).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'lambda.amazonaws.com' },
          Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:123456789012:function:*' } },
        },
      ],
    });
  });

  it('is the same with lists in another order, or with its only statement by itself', () => {
    const [statement] = JSON.parse(withPull(undefined, arn)).Statement;
    const Action = [...statement.Action].reverse();
    expect(allowsPull(JSON.stringify({ Statement: { ...statement, Action } }), arn)).toBe(true);
  });

  it('keeps the statements of others, and replaces ours', () => {
    const others = { Sid: 'Team', Effect: 'Allow', Principal: '*', Action: 'ecr:*' };
    const stale = { Sid: 'FdlLambdaPull', Effect: 'Deny' };
    const policy = withPull(JSON.stringify({ Version: '2008-10-17', Statement: [others, stale] }), arn);
    expect(JSON.parse(policy)).toMatchObject({
      Version: '2008-10-17',
      Statement: [others, { Effect: 'Allow' }],
    });
    expect(JSON.parse(policy).Statement).toHaveLength(2);
  });
});
