/** Commands that are killed or interrupted at any moment: the next one finishes what they left, and does nothing twice. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { fdl, fdlJson, start } from './fdl.ts';
import { COUNT, endedOf, filesBelow, type StepText, shop, stored, UPPER } from './project.ts';
import { isAlive, until } from './until.ts';

const it = inTurn();

const HERE = ['--local', '--engine', 'host'] as const;
const RUN = ['run', 'workflow.yaml', 'in', ...HERE] as const;
const RESUME = ['run', 'workflow.yaml', '--resume', ...HERE] as const;

/** Steps that start no process besides their shell, so that hundreds of them take seconds. */
const COPY =
  'IFS= read -r line < "$INPUT_FILE_PATH"; echo "$line" > "$TMP_OUTPUT_DIR/${INPUT_FILE_PATH##*/}"';
const FIRST: StepText = { ...UPPER, script: COPY };
const SECOND: StepText = { ...COUNT, script: COPY };

const INPUTS = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`${String(index).padStart(3, '0')}.txt`, `input ${index}\n`]),
);
const NAMES = Object.keys(INPUTS);

/** Every input went through every step once, in the journal and in the store; nothing is left over. */
function expectAllDone(cwd: string, steps: readonly StepText[]): void {
  const done = endedOf(cwd).map(({ step, status, input }) => `${step} ${status} ${input?.uri}`);
  const expected = steps.flatMap(({ name, input }) =>
    NAMES.map((file) => `${name} succeeded s3://${input}/${file}`),
  );
  expect(done.sort()).toEqual(expected.sort());
  for (const { outputs } of steps) expect(filesBelow(stored(cwd, String(outputs?.[0])))).toEqual(NAMES);
  expect(existsSync(path.join(cwd, '.fdl/shop/lock'))).toBe(false);
  expect(filesBelow(path.join(cwd, '.fdl/shop/tmp'))).toEqual([]);
}

describe('kill -9 in the midst of 200 inputs, then fdl run --resume', () => {
  // The moments: while the inputs are put, early, late; each number is how many lines of its kind the journal has.
  const moments = [
    ['queued', 3],
    ['started', 20],
    ['ended', 150],
  ] as const;

  it.each(moments)('when %s was written %i times', async (type, count) => {
    const cwd = shop([FIRST], INPUTS);
    await killedWhen(RUN, cwd, () => countLines(cwd, type) >= count);
    const { code, json } = await fdlJson<{ invocations: object[]; outputs: object[]; left: number }>(
      [...RESUME, '-o', 'out'],
      { cwd },
    );
    expect(code).toBe(0);
    expectAllDone(cwd, [FIRST]);
    expect(json.left).toBe(0);
    expect(json.invocations).toHaveLength(NAMES.length);
    expect(filesBelow(path.join(cwd, 'out/upper'))).toEqual(NAMES);
  });

  it('also when the command that finishes it is killed again and again', async () => {
    const cwd = shop([FIRST, SECOND], INPUTS);
    const ended = () => countLines(cwd, 'ended');
    await killedWhen(RUN, cwd, () => ended() >= 10);
    for (let round = 0; round < 4; round += 1) {
      const before = ended();
      await killedWhen(RESUME, cwd, () => ended() >= before + 30);
    }
    expect((await fdl(RESUME, { cwd })).code).toBe(0);
    expectAllDone(cwd, [FIRST, SECOND]);
  });
});

/** Lines of one kind in the journal; without parsing them, since it is asked often while `fdl` works. */
function countLines(cwd: string, type: string): number {
  return (
    readFileSync(path.join(cwd, '.fdl/shop/journal.ndjson'), 'utf8').split(`{"type":"${type}"`).length - 1
  );
}

/** Starts a command and kills it at a moment. */
async function killedWhen(args: readonly string[], cwd: string, moment: () => boolean): Promise<void> {
  const running = start(args, { cwd });
  await until('the moment to kill', moment);
  running.kill('SIGKILL');
  expect((await running.ended).code).toBe(null);
}

/** Takes its time the first time it runs: until it is told to go on by a file. */
const SLOW: StepText = {
  ...UPPER,
  script: `echo "pid $$" >> "$TRACE"
while [ ! -e "$GATE" ]; do sleep 0.02; done
cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/result.txt"
echo "$TMP_OUTPUT_DIR" >> "$TRACE"`,
  variables: { TRACE: 'trace', GATE: 'gate' },
};

describe('a script that outlives a killed fdl', () => {
  it('does not disturb the one that takes its place', async () => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const first = start(RUN, { cwd });
    const trace = () => readFileSync(path.join(cwd, 'trace'), 'utf8');
    await until('the script runs', () => trace().includes('pid'));
    first.kill('SIGKILL');
    await first.ended;
    const second = start(RESUME, { cwd });
    await until('it runs again', () => trace().split('pid').length === 3);
    writeFileSync(path.join(cwd, 'gate'), '');
    const { code } = await second.ended;
    const [orphan] = [...trace().matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    await until('the first script ended', async () => !(await isAlive(orphan ?? 0)));
    expect(code).toBe(0);
    const folders = trace()
      .split('\n')
      .filter((line) => line.startsWith('/'));
    expect(new Set(folders).size, 'each had a folder of its own').toBe(folders.length);
    expect(endedOf(cwd)).toMatchObject([
      { status: 'succeeded', outputs: [{ uri: 's3://shop/upper/result.txt' }] },
    ]);
  });
});

describe('Ctrl-C', () => {
  it('stops with exit 130 and says what is left; --resume does that', async () => {
    const cwd = shop([FIRST], INPUTS);
    const running = start([...RUN, '--json'], { cwd });
    await until('some are done', () => countLines(cwd, 'ended') >= 20);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(130);
    const { status, left, invocations } = JSON.parse(stdout);
    expect(status).toBe('interrupted');
    expect(invocations).toHaveLength(endedOf(cwd).length);
    expect(stderr).toContain(`${left} inputs left to do: fdl run workflow.yaml --local --resume`);
    const resumed = await fdl(RESUME, { cwd });
    expect(resumed.code).toBe(0);
    expectAllDone(cwd, [FIRST]);
  });

  it('the second one does not wait for scripts, and leaves none behind', async () => {
    const deaf = `trap 'echo deaf >> "$TRACE"' TERM; echo $$ > "$TRACE"; while :; do sleep 0.05; done`;
    const cwd = shop([{ ...SLOW, script: deaf }], { 'a.txt': 'abc' });
    const trace = () => readFileSync(path.join(cwd, 'trace'), 'utf8');
    const running = start(RUN, { cwd });
    await until('the script runs', () => trace().endsWith('\n'));
    running.kill('SIGINT');
    await until('the script was told', () => trace().includes('deaf'));
    // Sooner, it could be the same key press that arrives a second time.
    await wait(400);
    const asked = Date.now();
    running.kill('SIGINT');
    expect((await running.ended).code, 'ended by the signal, of which shells make 130').toBeNull();
    expect(Date.now() - asked, 'shorter than the script gets').toBeLessThan(4000);
    await until('the script is gone', async () => !(await isAlive(Number.parseInt(trace(), 10))));
  });
});
