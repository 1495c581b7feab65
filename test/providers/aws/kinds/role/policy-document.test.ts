import { describe, expect, it } from 'vitest';
import {
  decodeDocument,
  keyStatements,
  policyDocument,
  policyStatements,
  trustDocument,
  trustOf,
} from '../../../../../src/providers/aws/kinds/role/policy-document.ts';

const LAMBDA = 'lambda.amazonaws.com';
const BATCH = 'ecs-tasks.amazonaws.com';

describe('who may take a role', () => {
  it('is read as it was written, in any order', () => {
    expect(trustOf(trustDocument({ trust: [LAMBDA, BATCH] }))).toEqual({ trust: [BATCH, LAMBDA] });
    expect(trustOf(trustDocument({ trust: [LAMBDA] }))).toEqual({ trust: [LAMBDA] });
    const source = { account: '123456789012', arn: 'arn:aws:ecs:eu-west-1:123456789012:*' };
    expect(trustOf(trustDocument({ trust: [BATCH], source }))).toEqual({ trust: [BATCH], source });
  });

  it('is the same as a text or as a list', () => {
    const statement = { Action: ['sts:AssumeRole'], Principal: { Service: LAMBDA }, Effect: 'Allow' };
    expect(trustOf(JSON.stringify({ Statement: statement, Version: '2012-10-17' }))).toEqual({
      trust: [LAMBDA],
    });
  });

  it.each([
    ['accounts', { Principal: { Service: LAMBDA, AWS: 'arn:aws:iam::1:root' } }],
    ['a condition', { Principal: { Service: LAMBDA }, Condition: { Bool: { a: 'b' } } }],
    ['one key of two', { Principal: { Service: LAMBDA }, Condition: { ArnLike: { 'aws:SourceArn': 'a' } } }],
    ['everybody', { Principal: '*' }],
  ])('equals no list of services where there is more: %s', (_title, more) => {
    const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...more }];
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    expect(trustOf(document)).toEqual({ trust: [document] });
  });
});

describe('what a role permits', () => {
  const statement = { Sid: 'Logs', Effect: 'Allow', Action: ['logs:PutLogEvents'], Resource: ['*'] } as const;

  it('is read as it was written', () => {
    expect(policyStatements(policyDocument([statement]))).toEqual([statement]);
    expect(policyStatements('')).toEqual([]);
  });

  it('is read with lists where IAM has a text', () => {
    const text = JSON.stringify({ Statement: { ...statement, Action: 'logs:PutLogEvents', Resource: '*' } });
    expect(policyStatements(text)).toEqual([statement]);
  });

  it('comes URL-encoded', () => {
    expect(decodeDocument(encodeURIComponent('{"a": "b c+d"}'))).toBe('{"a": "b c+d"}');
  });
});

describe('keys of buckets', () => {
  const key = 'arn:aws:kms:eu-west-1:1:key/k';

  it('take one statement for all', () => {
    expect(keyStatements([])).toEqual([]);
    expect(keyStatements(['b', key, 'b'])).toEqual([
      {
        Sid: 'BucketKeys',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [key, 'b'],
      },
    ]);
  });

  it('that are named by an alias are permitted by a condition', () => {
    expect(keyStatements(['arn:aws:kms:eu-west-1:1:alias/team/photos'])).toEqual([
      {
        Sid: 'BucketKeysAlias1',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: ['arn:aws:kms:eu-west-1:1:key/*'],
        Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/team/photos'] } },
      },
    ]);
  });
});
