import { describe, expect, it } from 'vitest';
import type { PlannedAction } from '../../../src/deploy/action.ts';
import { awsTargets, describeAws } from '../../../src/providers/aws/describe.ts';
import { rightsInWords, statementInWords } from '../../../src/providers/aws/rights-in-words.ts';
import { step, workflowOf } from '../made-up-provider.ts';
import { AWS_SAMPLES } from './kind-samples.ts';

const workflow = workflowOf([{ ...step('aws', 'upper'), image: 'busybox:1.37' }]);

const action = (kind: string, name: PlannedAction['action'], more: Partial<PlannedAction>): PlannedAction => {
  return { action: name, kind, id: `aws/eu-west-1/${kind}/x`, step: 'upper', changes: [], ...more };
};

describe('a plan for AWS in words', () => {
  it('names account, region and profile, each once', () => {
    const at = (account: string, profile?: string) => ({
      account,
      partition: 'aws',
      site: { region: 'eu-west-1', ...(profile && { profile }) },
    });
    const facts = new Map([
      ['a', at('123456789012')],
      ['b', at('123456789012')],
      ['c', at('210987654321', 'work')],
      ['d', at('(known after apply)')],
    ]);
    expect(awsTargets(facts).map(({ text }) => text)).toEqual([
      'AWS account 123456789012, region eu-west-1',
      'AWS account 210987654321, region eu-west-1, profile work',
      'AWS region eu-west-1',
    ]);
    expect(awsTargets(facts)[1]).toMatchObject({ provider: 'aws', account: '210987654321', profile: 'work' });
  });

  it.each(Object.entries(AWS_SAMPLES))('%s can be described', (kind, [sample]) => {
    const props = sample?.props;
    const { lines = [] } =
      describeAws(workflow, action(kind, 'create', { resource: { id: '', kind, props, dependsOn: [] } })) ??
      {};
    expect(lines.flat().join()).not.toMatch(/undefined|NaN|\[object/);
  });

  it('says of a role what it may do', () => {
    const allow = (Action: readonly string[], Resource: readonly string[]) => ({
      Effect: 'Allow' as const,
      Action,
      Resource,
    });
    const statements = [
      allow(['s3:GetObject'], ['arn:aws:s3:::b/in/*']),
      allow(['s3:PutObject', 's3:AbortMultipartUpload'], ['arn:aws:s3:::b/out/*']),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], ['arn:aws:logs:eu-west-1:1:log-group:/x:*']),
      allow(['lambda:InvokeFunction'], ['arn:aws:lambda:eu-west-1:1:function:catch']),
      allow(['dynamodb:PutItem'], ['arn:aws:dynamodb:eu-west-1:1:table/t']),
    ];
    expect(rightsInWords({ statements } as never)).toEqual([
      'may read s3://b/in/*',
      'write s3://b/out/*',
      'write its log',
      'call the function catch',
      'dynamodb:PutItem on table/t',
    ]);
    expect(statementInWords(undefined)).toBe('(none)');
  });

  it('says of an image that is made anew why, without tags', () => {
    const tag = { path: 'tag', before: 'upper-1', after: 'upper-2' };
    const base = (digit: string) => `busybox:1.37@sha256:${digit.repeat(64)}`;
    const { told, lines } = describeAws(workflow, action('aws/image', 'update', { changes: [tag] })) ?? {};
    expect([told, lines]).toEqual([['tag'], [['made anew: its script, files or settings changed']]]);
    const moved = { path: 'base', before: base('a'), after: base('b') };
    const { wordings } =
      describeAws(workflow, action('aws/image', 'update', { changes: [tag, moved] })) ?? {};
    expect(wordings).toEqual({
      base: {
        before: `busybox:1.37@sha256:${'a'.repeat(12)}`,
        after: `busybox:1.37@sha256:${'b'.repeat(12)}`,
      },
    });
    const code = { path: 'code.image', before: base('a'), after: undefined };
    expect(describeAws(workflow, action('aws/function', 'update', { changes: [code] }))).toMatchObject({
      lines: [['runs the new image']],
      told: ['code.image'],
    });
  });
});
