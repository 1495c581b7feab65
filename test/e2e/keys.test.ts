/** Keys and signals in a real terminal: they always work, and what they end leaves nothing behind. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import { inTurn } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { endedOf, type StepText, shop, UPPER, write } from './project.ts';
import {
  CTRL_BACKSLASH,
  CTRL_C,
  CTRL_D,
  CTRL_Z,
  ENTER,
  fdlInPty,
  fdlLine,
  type Pty,
  shellInPty,
} from './pty.ts';
import { isAlive, until } from './until.ts';

const it = inTurn();

/** Milliseconds after which a key counts as pressed again. */
const NOT_THE_SAME_KEY = 400;

const HERE = '--local --engine host';
const RUN = `run workflow.yaml in ${HERE}`;

/** Notes its process, waits for a file, and ends. */
const SLOW: StepText = {
  ...UPPER,
  script: `echo $$ >> "$TRACE"
while [ ! -e "$GATE" ]; do sleep 0.05; done
cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/result.txt"`,
  variables: { TRACE: 'trace', GATE: 'gate' },
};

/** The same, but does not listen to SIGTERM. */
const DEAF: StepText = { ...SLOW, script: `trap 'echo deaf >> "$TRACE"' TERM\n${SLOW.script}` };

function slowShop(step: StepText = SLOW) {
  const cwd = shop([step], { 'a.txt': 'abc' });
  const trace = () => readFileSync(path.join(cwd, 'trace'), 'utf8');
  return {
    cwd,
    trace,
    started: () => until('the script runs', () => trace().endsWith('\n')),
    open: () => writeFileSync(path.join(cwd, 'gate'), ''),
    gone: () => until('the script is gone', async () => !(await isAlive(Number.parseInt(trace(), 10)))),
  };
}

/** The terminal is as a program that ended should leave it: with a cursor, and no trace of a moving line. */
async function expectTidy(pty: Pty): Promise<void> {
  const raw = pty.raw();
  expect(raw.lastIndexOf('\x1b[?25l'), 'the cursor is shown').toBeLessThanOrEqual(
    raw.lastIndexOf('\x1b[?25h'),
  );
  expect(await pty.screen()).not.toMatch(/[⠁-⣿]/);
}

/** The address of a server that takes connections and never says a word. */
async function silentServer(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const available = needs('python3');

describe.skipIf(!available)('while scripts run', () => {
  it.each([
    ['run', RUN],
    ['put --wait', `put in/a.txt --wait ${HERE}`],
  ])('Ctrl-C ends fdl %s in order: exit 130; run --resume goes on', async (_what, line) => {
    const { cwd, started, gone, open } = slowShop();
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(line));
    await started();
    await shell.says(/1 running/);
    shell.type(CTRL_C);
    await shell.says(/stopping.*again.*at once/s);
    await shell.says(/<130> $/);
    // A script had started.
    expect(await shell.screen()).not.toMatch(/nothing has started/);
    await gone();
    await expectTidy(shell);
    expect(existsSync(path.join(cwd, '.fdl/shop/lock'))).toBe(false);
    open();
    shell.type(fdlLine(`run workflow.yaml --resume ${HERE}`));
    await shell.says(/<0> $/);
    expect(endedOf(cwd)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('a second Ctrl-C does not wait: exit 130, no script is left', async () => {
    const { cwd, started, trace, gone } = slowShop(DEAF);
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(RUN));
    await started();
    shell.type(CTRL_C);
    await until('the script was told', () => trace().includes('deaf'));
    await wait(NOT_THE_SAME_KEY);
    const asked = Date.now();
    shell.type(CTRL_C);
    await shell.says(/<130> $/);
    expect(Date.now() - asked, 'shorter than the script gets').toBeLessThan(4000);
    await gone();
    await expectTidy(shell);
  });

  it('a second Ctrl-C ends what waits for the system, too, such as a pipe that nobody writes to', async () => {
    const cwd = shop([UPPER], {});
    execFileSync('mkfifo', [path.join(cwd, 'pipe')]);
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine('validate workflow.yaml pipe'));
    await shell.says(/workflow\.yaml: /);
    shell.type(CTRL_C);
    await shell.says(/stopping/);
    await wait(NOT_THE_SAME_KEY);
    shell.type(CTRL_C);
    await shell.says(/<130> $/);
  });

  it('one key press that arrives twice, as with npx, is one', async () => {
    const { cwd, started, trace } = slowShop({
      ...SLOW,
      script: `trap 'echo end >> "$TRACE"; exit' TERM\n${SLOW.script}`,
    });
    const pty = await fdlInPty(RUN.split(' '), { cwd });
    await started();
    process.kill(pty.pid, 'SIGINT');
    process.kill(pty.pid, 'SIGINT');
    expect(await pty.ended).toEqual({ code: 130 });
    expect(trace()).toContain('end');
  });

  it('one Ctrl-C is enough for a script that does not listen, after a time of grace', async () => {
    const { cwd, started, gone } = slowShop(DEAF);
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(RUN));
    await started();
    shell.type(CTRL_C);
    await shell.says(/<130> $/);
    await gone();
  });

  it('Ctrl-\\ ends at once: exit 131, no script is left', async () => {
    const { cwd, started, gone } = slowShop(DEAF);
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(RUN));
    await started();
    shell.type(CTRL_BACKSLASH);
    await shell.says(/<131> $/);
    await gone();
    await expectTidy(shell);
  });

  it('Ctrl-Z suspends, and fg goes on', async () => {
    const { cwd, started, open } = slowShop();
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(RUN));
    await started();
    await shell.says(/1 running/);
    shell.type(CTRL_Z);
    await shell.says(/Stopped[\s\S]*<148> $/);
    await expectTidy(shell);
    shell.type(`fg${ENTER}`);
    await shell.says(/1 running/);
    open();
    await shell.says(/<0> $/);
    await expectTidy(shell);
    expect(endedOf(cwd)).toMatchObject([{ status: 'succeeded' }]);
  });

  it.each([
    ['SIGTERM', { code: 143 }],
    // Shells show this as 129.
    ['SIGHUP', { signal: 1 }],
  ] as const)('%s ends in order', async (signal, end) => {
    const { cwd, started, gone } = slowShop();
    const pty = await fdlInPty(RUN.split(' '), { cwd });
    await started();
    process.kill(pty.pid, signal);
    expect(await pty.ended).toEqual(end);
    await gone();
    await expectTidy(pty);
    expect(existsSync(path.join(cwd, '.fdl/shop/lock'))).toBe(false);
  });

  it('a terminal that is closed ends it in order, too; run --resume goes on', async () => {
    const { cwd, started, gone, open } = slowShop();
    const pty = await fdlInPty(RUN.split(' '), { cwd });
    await started();
    pty.hangUp();
    expect(await pty.ended).toEqual({ signal: 1 });
    await gone();
    expect(existsSync(path.join(cwd, '.fdl/shop/lock'))).toBe(false);
    open();
    expect((await fdl(`run workflow.yaml --resume ${HERE}`.split(' '), { cwd })).code).toBe(0);
  });
});

describe.skipIf(!available)('while a cloud is asked that does not answer', () => {
  const opened = async (line: string, says = /reading/) => {
    const env = {
      AWS_ENDPOINT_URL: await silentServer(),
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret-example',
      AWS_REGION: 'us-east-1',
    };
    const shell = await shellInPty({ cwd: slowShop().cwd, env });
    shell.type(fdlLine(line));
    await shell.says(says);
    return shell;
  };

  it.each(['plan', 'apply', 'rm'])('Ctrl-C ends fdl %s: exit 130', async (command) => {
    const shell = await opened(`${command} workflow.yaml`);
    shell.type(CTRL_C);
    await shell.says(/stopping[\s\S]*interrupted[\s\S]*<130> $/);
    expect(await shell.screen()).not.toMatch(/^ +at /m);
    await expectTidy(shell);
  });

  it.each(['', ' --from s3://shop/out'])('Ctrl-C ends fdl get%s while it lists: exit 130', async (from) => {
    const shell = await opened(`get -f workflow.yaml${from}`, /listing/);
    shell.type(CTRL_C);
    await shell.says(/stopping[\s\S]*interrupted[\s\S]*<130> $/);
    await expectTidy(shell);
  });

  it('Ctrl-\\ ends it, and Ctrl-Z suspends it', async () => {
    const shell = await opened('plan workflow.yaml');
    shell.type(CTRL_Z);
    await shell.says(/<148> $/);
    shell.type(`fg${ENTER}`);
    await shell.says(/reading/);
    shell.type(CTRL_BACKSLASH);
    await shell.says(/<131> $/);
    await expectTidy(shell);
  });
});

describe.skipIf(!available)('at a question', () => {
  it.each([
    ['', /= bucket s3\.default\/shop:? *stays, has 1 file in /],
    [' --delete-data', /Buckets are deleted with all files in them/],
  ])('rm%s says before what becomes of files', async (option, fate) => {
    const { cwd } = slowShop();
    expect((await fdl(['apply', 'workflow.yaml', '--local'], { cwd })).code).toBe(0);
    write(cwd, { '.fdl/shop/buckets/s3.default/shop/in/kept.txt': 'kept' });
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine(`rm workflow.yaml --local${option}`));
    await shell.says(/Do this\? \[y\/N\] $/);
    expect((await shell.screen()).replaceAll('\n', '')).toMatch(fate);
    shell.type(`n${ENTER}`);
    await shell.says(/<1> $/);
  });

  const asked = async () => {
    const { cwd } = slowShop();
    expect((await fdl(['apply', 'workflow.yaml', '--local'], { cwd })).code).toBe(0);
    const shell = await shellInPty({ cwd });
    shell.type(fdlLine('rm workflow.yaml --local'));
    await shell.says(/Do this\? \[y\/N\] $/);
    return { shell, isThere: () => existsSync(path.join(cwd, '.fdl/shop/steps')) };
  };
  const password = async () => {
    // A path that is not absolute counts for nothing, and the login would lie in the home of whoever runs the tests.
    const { cwd } = slowShop();
    const shell = await shellInPty({ cwd, env: { XDG_CONFIG_HOME: path.join(cwd, 'config') } });
    shell.type(fdlLine('cluster add lab http://127.0.0.1:1 --user ada --no-check'));
    await shell.says(/Password of ada: $/);
    return { shell };
  };
  const questions = [
    ['rm', asked],
    ['a password', password],
  ] as const;

  it.each(questions)('%s: Ctrl-C ends it: exit 130, without a stack', async (_what, open) => {
    const { shell } = await open();
    shell.type(CTRL_C);
    await shell.says(/interrupted[\s\S]*<130> $/);
    expect(await shell.screen()).not.toMatch(/^ +at |Abort|stopping/m);
  });

  it.each(questions)('%s: Ctrl-\\ ends it', async (_what, open) => {
    const { shell } = await open();
    shell.type(CTRL_BACKSLASH);
    await shell.says(/<131> $/);
    // The terminal is not left without echo.
    shell.type(`echo "as $((1 + 1)) see"${ENTER}`);
    await shell.says(/echo "as[\s\S]*as 2 see/);
  });

  it('rm: Ctrl-Z suspends, and fg takes an answer', async () => {
    const { shell, isThere } = await asked();
    shell.type(CTRL_Z);
    await shell.says(/<148> $/);
    shell.type(`fg${ENTER}`);
    await shell.says(/fg\s[\s\S]*\[y\/N\] $/);
    shell.type(`y${ENTER}`);
    await shell.says(/deleted[\s\S]*<0> $/);
    expect(isThere()).toBe(false);
  });

  it('a password: Ctrl-Z suspends, and fg takes it, unseen', async () => {
    const { shell } = await password();
    shell.type('open');
    shell.type(CTRL_Z);
    await shell.says(/<148> $/);
    shell.type(`fg${ENTER}`);
    // Asked again, by which time nothing that is typed shows.
    await shell.says(/fg\s[\s\S]*Password of ada: $/);
    shell.type(`sesame${ENTER}`);
    await shell.says(/is stored in[\s\S]*<0> $/);
    expect(await shell.screen()).not.toMatch(/open|sesame/);
  });

  it('the end of the input is no yes: nothing is changed', async () => {
    const { shell, isThere } = await asked();
    shell.type(CTRL_D);
    await shell.says(/nothing was changed[\s\S]*<1> $/);
    expect(isThere()).toBe(true);
  });
});
