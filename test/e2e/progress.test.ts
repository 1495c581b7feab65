/** How far work is, in real terminals of several widths. */
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { COUNT, filesBelow, type StepText, shop, stored, UPPER } from './project.ts';
import { CTRL_C, fdlInPty } from './pty.ts';
import { until } from './until.ts';

const RUN = ['run', 'workflow.yaml', 'in', '--local', '--engine', 'host', '--concurrency', '1'];
const SLOW: StepText = { ...COUNT, script: `sleep 3; ${COUNT.script}` };
const INPUTS = { 'a.txt': 'abc', 'b.txt': 'abc' };

describe.skipIf(!needs('python3'))('progress of run', () => {
  it('has a line for each step on a wide terminal, with the time that it takes, and leaves no trace', async () => {
    const cwd = shop([UPPER, SLOW], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 200 });
    await until('each step is shown', async () => {
      const screen = await pty.screen();
      return (
        /[⠁-⣿] +\d done, 1 running, .*upper \d\/2, count \d\/\d · \d s$/m.test(screen) &&
        /^ +upper +\d done, .*waiting$/m.test(screen) &&
        /^ +count +\d done, 1 running/m.test(screen)
      );
    });
    expect(await pty.ended).toEqual({ code: 0 });
    const screen = await pty.screen();
    expect(screen).not.toMatch(/running|[⠁-⣿]/);
    expect(screen.match(/^shop: 4 invocations/gm)).toHaveLength(1);
  });

  it('follows the width of the terminal, and leaves nothing of the wider one', async () => {
    const cwd = shop([UPPER, { ...SLOW, script: `sleep 60; ${COUNT.script}` }], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 200 });
    await until('the rows', async () => /^ +count +\d done, 1 running/m.test(await pty.screen()));
    const before = (await pty.screen()).split('\n').filter((line) => line.includes('created'));
    for (const columns of [120, 50, 200]) {
      pty.resize(columns);
      // Two pictures of this width.
      const from = pty.raw().length;
      await until('it is drawn anew', () => (pty.raw().slice(from).match(/[⠁-⣿]/g)?.length ?? 0) > 2);
      const lines = (await pty.screen()).split('\n');
      expect(
        lines.filter((line) => /[⠁-⣿]/.test(line)),
        lines.join('\n'),
      ).toHaveLength(1);
      const rest = lines.slice(lines.findIndex((line) => /[⠁-⣿]/.test(line)) + 1);
      expect(rest, lines.join('\n')).toHaveLength(columns === 50 ? 0 : 2);
      expect(
        lines.filter((line) => line.includes('created')),
        `${columns}\n${lines.join('\n')}`,
      ).toEqual(before);
    }
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 130 });
    expect(await pty.screen()).not.toMatch(/running,|[⠁-⣿]/);
  });

  it('of dev is shown while a script runs, in the width of the terminal, until Ctrl-C', async () => {
    const cwd = shop([{ ...UPPER, script: 'sleep 60' }], {});
    const pty = await fdlInPty(['dev', 'workflow.yaml', '--engine', 'host'], { cwd, columns: 120 });
    await pty.says(/waits for files/);
    const idle = /^[⠁-⣿] +0 done, 0 running, 0 waiting · \d+ s$/m;
    await until('that it has started is seen', async () => idle.test(await pty.screen()));
    writeFileSync(stored(cwd, 'shop/in/a.txt'), 'abc');
    await pty.says(/1 running/);
    pty.resize(20);
    await until('it is cut', async () => /^[⠁-⣿] .*…$/m.test(await pty.screen()));
    expect((await pty.screen()).match(/[⠁-⣿]/g)).toHaveLength(1);
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 0 });
  });

  it('is folded into one line of 80 columns', async () => {
    const cwd = shop([UPPER, SLOW], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 80 });
    const seen = /^[⠁-⣿] +\d done, 1 running, \d waiting: upper \d\/2, count \d\/\d · \d s$/m;
    await until('the line', async () => seen.test(await pty.screen()));
    const screen = await pty.screen();
    expect(screen.match(/upper/g)).toHaveLength(screen.includes('step upper') ? 2 : 1);
    pty.type(CTRL_C);
    await pty.ended;
  });

  it('is nothing on stdout, and nothing at all on a pipe for what takes a moment', async () => {
    const cwd = shop([UPPER, COUNT], INPUTS);
    const { stdout, stderr } = await fdl(RUN, { cwd });
    expect(stdout).toMatch(/^shop: 4 invocations/);
    expect(stderr).not.toMatch(/running|waiting/);
  });
});

/** The address of an S3 with two objects of 1 MB below `out/`: one is sent at once, the other in drops, without an end. */
async function slowStore(): Promise<string> {
  const object = (key: string) => `<Contents><Key>out/${key}</Key><Size>3000000</Size>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"1"</ETag></Contents>`;
  const list = `<ListBucketResult><Name>shop</Name>${object('quick')}${object('slow')}</ListBucketResult>`;
  const server = createServer(({ method, url = '' }, response) => {
    // `out` is no object.
    if (method === 'HEAD') return response.writeHead(404).end();
    if (url.includes('list-type')) return response.writeHead(200, { 'content-type': 'text/xml' }).end(list);
    const length = {
      'content-length': 3_000_000,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      etag: '"1"',
    };
    response.writeHead(200, length);
    if (url.includes('quick')) return response.end(Buffer.alloc(3_000_000));
    const drops = setInterval(() => response.write(Buffer.alloc(1000)), 100);
    response.on('close', () => clearInterval(drops));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(!needs('python3'))('progress of files', () => {
  it('get says how many, how much and how long, in 80 columns', async () => {
    const cwd = shop([UPPER], {});
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-example' };
    const env = { ...keys, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: await slowStore() };
    const pty = await fdlInPty(['get', '--from', 's3://shop/out', '-o', 'got'], { cwd, columns: 80, env });
    const line = /^[⠁-⣿] +downloading 1 of 2 files, 3\.\d MB of 6\.0 MB, \d+ s left, \d+ [kM]B\/s · \d+ s$/m;
    await until('how long', async () => line.test(await pty.screen()));
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 130 });
    expect(await pty.screen()).toContain('1 file not fetched yet; the same command again fetches all');
    expect(filesBelow(path.join(cwd, 'got'))).toEqual(['quick']);
  });

  // On another file system, where a copy takes time; the file itself takes no room.
  it.skipIf(!existsSync('/dev/shm'))(
    'put of a large file is stopped by Ctrl-C, and leaves no part',
    async () => {
      const folder = mkdtempSync('/dev/shm/fdl-test-');
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const large = path.join(folder, 'large');
      writeFileSync(large, '');
      truncateSync(large, 4e9);
      const cwd = shop([UPPER], {});
      await fdl(['apply', '--local'], { cwd });
      const pty = await fdlInPty(['put', large, '--local'], { cwd, columns: 80 });
      await pty.says(/uploading 0 of 1 file, [1-9]\d* MB of 4\.0 GB/);
      pty.type(CTRL_C);
      expect(await pty.ended).toEqual({ code: 130 });
      expect(await pty.screen()).toMatch(
        /1 file not put yet; to go on: fdl run workflow\.yaml --local --resume/,
      );
      expect(filesBelow(stored(cwd, 'shop'))).toEqual([]);
    },
  );
});
