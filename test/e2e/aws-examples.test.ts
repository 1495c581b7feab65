/** The examples for AWS Lambda, deployed and run with the command lines of their READMEs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTried } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, contentOf, openAccount } from './aws-account.ts';
import { EXAMPLES, expectResults, writeExample } from './example-results.ts';
import { fdl } from './fdl.ts';
import { addBusybox } from './image-lab.ts';

const PROGRAMS = ['sh', 'awk', 'basename', 'cat', 'cp', 'cut', 'date', 'grep', 'head', 'mkdir', 'mktemp'];
const MORE = ['mv', 'printf', 'rm', 'sed', 'sort', 'tail', 'tr', 'wc'];

/** The command lines of the part of a README that begins with `On AWS`. */
function awsCommands(name: string): readonly string[] {
  const text = readFileSync(path.join(EXAMPLES, name, 'README.md'), 'utf8');
  const [, part = ''] = text.split(/\nOn AWS.*\n/);
  const [lines = ''] = /(?: {4}fdl .*\n)+/.exec(part) ?? [];
  return lines.split('\n').flatMap((line) => line.replace(/ #.*/, '').trim() || []);
}

describe.skipIf(!isTried(2) || !needs('podman', 'registry', 'busybox', 'moto'))('an example on AWS', () => {
  let account: AccountLab;

  beforeAll(async () => {
    account = await openAccount({
      run: true,
      images: {
        'docker/library/busybox:1.37': (root) => addBusybox(root, [...PROGRAMS, ...MORE]),
      },
    });
  });

  afterAll(() => account?.close());

  // One is enough for all: `hello` is one such function, and runs in a container in examples.test.ts.
  it('climate-series gives what it promises, and leaves nothing', async () => {
    const name = 'climate-series';
    const before = await contentOf(account.clients);
    const { cwd, inputs } = await writeExample(name);
    const lines = awsCommands(name);
    expect(lines.map((line) => line.split(' ')[1])).toEqual(expect.arrayContaining(['apply', 'run', 'rm']));
    for (const line of lines) {
      const [, ...args] = line.split(' ').flatMap((word) => (word === 'input/*' ? inputs : word));
      const { code, stderr } = await fdl(args, { cwd, env: account.env });
      expect([line, code, stderr]).toEqual([line, 0, expect.not.stringContaining('✗')]);
    }
    expectResults(name, path.join(cwd, 'out'));
    await fdl(['rm', 'workflow.yaml', '--yes', '--delete-data'], { cwd, env: account.env });
    expect(await contentOf(account.clients)).toEqual(before);
  });
});

it('hello is used by the same command lines', () => {
  const known = new Set([...awsCommands('climate-series'), 'fdl logs workflow.yaml']);
  expect(awsCommands('hello').filter((line) => !known.has(line))).toEqual([]);
  expect(awsCommands('hello')).toHaveLength(4);
});
