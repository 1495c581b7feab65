import { describe, expect, test } from 'vitest';
import {
  environmentName,
  queueName,
  repositoryName,
  roleName,
  STATEMENT,
} from '../../../src/providers/aws/names.ts';

describe('the repository of a workflow', () => {
  test.each([
    ['word-count', 'fdl/word-count'],
    ['my_flow2', 'fdl/my_flow2'],
    ['x', 'fdl/x'],
  ])('%s is %s', (workflow, name) => {
    expect(repositoryName(workflow)).toBe(name);
  });

  test.each(['WordCount', 'a__b', 'a--b', 'a-', '_a', '-_-', 'A'.repeat(128)])(
    'of %s has a legal name that no other workflow has',
    (workflow) => {
      const name = repositoryName(workflow);
      expect(name).toMatch(/^fdl\/[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
      expect(name).not.toBe(repositoryName(workflow.toLowerCase().replace(/[^a-z0-9]+/g, '')));
      expect(name.length).toBeLessThan(256);
    },
  );
});

describe('the role of a step', () => {
  test('says workflow, step and region', () => {
    expect(roleName('flow', 'step', 'eu-west-1')).toBe('flow-step-eu-west-1');
  });

  test('has at most 64 characters, and another name for each step and region', () => {
    const long = 'w'.repeat(128);
    const names = ['a', 'b'].flatMap((step) =>
      ['eu-west-1', 'us-east-1'].map((region) => roleName(long, step, region)),
    );
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
  });
});

test('statements of a function for buckets have legal names, one for each bucket', () => {
  expect(STATEMENT.bucket('my.bucket')).toMatch(/^fdl-s3-[0-9a-f]{8}$/);
  expect(STATEMENT.bucket('my.bucket')).not.toBe(STATEMENT.bucket('my-bucket'));
});

test.each(['flow', '_flow', '_', 'w'.repeat(128), `_${'w'.repeat(127)}`])(
  'what the workflow %s has on AWS Batch begins with a letter, and is not too long',
  (workflow) => {
    for (const name of [queueName(workflow, 'step'), environmentName(workflow, 'queue', {})]) {
      expect(name).toMatch(/^[A-Za-z0-9][\w-]{0,127}$/);
    }
  },
);
