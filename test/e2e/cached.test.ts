/** `fdl run --cached`: what is done is not done again, and what changed is. */
import { rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, endedOf, shop, stored, UPPER, workflowText, write } from './project.ts';

const LAST = {
  name: 'last',
  input: 'shop/out',
  outputs: ['shop/last'],
  script: 'cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"',
};
const HERE = ['run', 'workflow.yaml', '--local', '--engine', 'host'] as const;

interface Ran {
  readonly invocations: readonly { readonly step: string; readonly cached?: true }[];
  readonly outputs: readonly { readonly uri: string }[];
  readonly why: readonly { readonly step: string; readonly uri: string; readonly reason: string }[];
}

it('runs what is new, what changed, and what lies behind it, and says why', async () => {
  const cwd = shop([UPPER, COUNT, LAST], { 'a.txt': 'first', 'b.txt': 'second' });
  await fdl([...HERE, 'in'], { cwd });
  let ended = endedOf(cwd).length;
  const again = async (...inputs: readonly string[]) => {
    const { code, json } = await fdlJson<Ran>([...HERE, '--cached', ...inputs], { cwd });
    expect([code, json.outputs.length]).toEqual([0, 2]);
    const before = ended;
    ended = endedOf(cwd).length;
    const ran = json.invocations.filter(({ cached }) => !cached).map(({ step }) => step);
    expect(ran).toHaveLength(ended - before);
    return { ran, why: json.why.map(({ step, uri, reason }) => `${step} ${uri}: ${reason}`) };
  };

  // Another time alone is no change.
  utimesSync(path.join(cwd, 'in/a.txt'), new Date(), new Date());
  expect(await again('in')).toEqual({ ran: [], why: [] });

  const slower = { ...COUNT, more: { memory: 1024 }, script: `${COUNT.script}; : counted` };
  write(cwd, { 'workflow.yaml': workflowText([UPPER, slower, LAST]) });
  const script = await again('in');
  expect(script.ran.sort()).toEqual(['count', 'count', 'last', 'last']);
  expect([...script.why].sort()).toEqual([
    'count s3://shop/upper/a.txt: its script changed',
    'count s3://shop/upper/b.txt: its script changed',
    'last s3://shop/out/a.txt: its input was made again',
    'last s3://shop/out/b.txt: its input was made again',
  ]);

  rmSync(stored(cwd, 'shop/last/a.txt'));
  write(stored(cwd, 'shop/out'), { 'b.txt': 'changed by hand' });
  const lost = await again('in');
  expect(lost.ran.sort()).toEqual(['count', 'last', 'last']);
  expect(lost.why.sort()).toEqual([
    'count s3://shop/upper/b.txt: its output s3://shop/out/b.txt was changed since',
    'last s3://shop/out/a.txt: its output s3://shop/last/a.txt is gone',
    'last s3://shop/out/b.txt: its input was made again',
  ]);

  write(cwd, {
    'in/a.txt': 'other',
    'workflow.yaml': workflowText([UPPER, slower, { ...LAST, variables: { MODE: 'fast' } }]),
  });
  const said = await fdl([...HERE, '--cached=why', 'in'], { cwd });
  expect(said.stdout).toMatch(/^shop: 4 invocations \(upper 1, count 1, last 2\), 2 results used again in /);
  expect(said.stderr).toContain('upper runs for s3://shop/in/a.txt: its input changed');
  expect(said.stderr).toContain('last runs for s3://shop/out/b.txt: its parameters changed');
});
