/**
 * What looking at many invocations costs: `node bench/ledger.mjs [INVOCATIONS,…]`, by default 1,000 and 10,000, over five
 * steps on AWS Lambda whose log groups are filled with what the supervisor and AWS Lambda write. Shown are seconds, the most
 * memory, and requests to CloudWatch Logs. AWS is the stand-in of the tests, which needs moto: it answers pages of 10,000
 * events, AWS itself of at most 10,000 and at most 1 MB, 5 to 25 of them a second (quotas of CloudWatch Logs,
 * `FilterLogEvents`), so that the least number of pages there is shown beside.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadStandins } from './standins.mjs';

const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const sizes = (process.argv[2] ?? '1000,10000').split(',').map(Number);
const STEPS = ['clean', 'split', 'analyse', 'plot', 'pack'];
/** Bytes. Rule: `FilterLogEvents` answers "up to 1 MB (up to 10,000 log events)". */
const PAGE = 1024 * 1024;

const workflow = (name) =>
  `name: ${name}\nfunctions:\n  aws:\n${STEPS.map(
    (step, index) => `  - lambda:
      name: ${name}-${step}
      container: {image: busybox}
      init_script: "#!/bin/sh"
      input: [{storage_provider: s3, path: ${name}/${index}}]
      output: [{storage_provider: s3, path: ${name}/${index + 1}}]
`,
  ).join('')}`;

const uuid = (index, place) =>
  `${place}${index.toString(16).padStart(7, '0')}-0000-4000-8000-${'0'.repeat(12)}`;

/** What is written of one invocation: as the supervisor and AWS Lambda do, with a line of the script. */
function linesOf(name, place, index, time) {
  const step = `${name}-${STEPS[place]}`;
  const invocation = uuid(index, place);
  const own = { workflow: name, step, invocation };
  const object = (at) => ({ uri: `s3://${name}/${at}/observation-${index}.csv`, size: 12_345 });
  const [startedAt, endedAt] = [new Date(time).toISOString(), new Date(time + 900).toISOString()];
  const usage = { wallMs: 880, cpuMs: 700, peakMemoryBytes: 30_000_000, bytesIn: 12_345, bytesOut: 12_345 };
  const ids = { traceId: uuid(index, 0).replaceAll('-', ''), spanId: invocation.slice(0, 8).repeat(2) };
  const parent =
    place > 0
      ? {
          parentSpanId: uuid(index, place - 1)
            .slice(0, 8)
            .repeat(2),
        }
      : {};
  const end = { outputs: [object(place + 1)], status: 'succeeded', startedAt, endedAt, durationMs: 900 };
  const more = { exitCode: 0, usage, span: { ...ids, ...parent } };
  const at = (ms, message) => ({ timestamp: time + ms, message });
  return [
    at(0, `START RequestId: ${invocation} Version: $LATEST\n`),
    at(1, JSON.stringify({ fdl: 'start', ...own, input: object(place), startedAt })),
    at(2, `reading observation-${index}.csv`),
    at(900, JSON.stringify({ fdl: 'end', ...own, input: object(place), ...end, ...more })),
    at(901, `END RequestId: ${invocation}\n`),
    at(
      902,
      `REPORT RequestId: ${invocation}\tDuration: 900.20 ms\tBilled Duration: 901 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\t\n`,
    ),
  ];
}

/** Fills the log groups; answers the least number of pages that AWS itself would have for them. */
async function fill(aws, name, invocations) {
  const each = invocations / STEPS.length;
  const ask = async (operation, body) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
    };
    const credential = 'AKIAEXAMPLEEXAMPLE/20260101/us-east-1/logs/aws4_request';
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
    const init = { method: 'POST', headers: { ...headers, authorization }, body: JSON.stringify(body) };
    const answer = await fetch(aws.url, init);
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  };
  const begin = Date.now() - 6 * 3_600_000;
  let pages = 0;
  for (const [place, step] of STEPS.entries()) {
    const logGroupName = `/aws/lambda/${name}-${step}`;
    await ask('CreateLogGroup', { logGroupName });
    let bytes = 0;
    const STREAMS = 20;
    for (let stream = 0; stream < STREAMS; stream++) {
      const logStreamName = `2026/01/01/[$LATEST]${stream}`;
      await ask('CreateLogStream', { logGroupName, logStreamName });
      const logEvents = [];
      for (let index = stream; index < each; index += STREAMS)
        logEvents.push(
          ...linesOf(name, place, index, begin + place * 60_000 + Math.floor(index / STREAMS) * 1000),
        );
      for (let at = 0; at < logEvents.length; at += 1000) {
        const some = logEvents.slice(at, at + 1000);
        bytes += some.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
        await ask('PutLogEvents', { logGroupName, logStreamName, logEvents: some });
      }
    }
    pages += Math.max(Math.ceil(bytes / PAGE), Math.ceil((each * 6) / 10_000));
  }
  return pages;
}

/** Runs `fdl` to its end: seconds, the most memory in MB, and what it wrote. @throws Error when it fails */
async function run(dir, args, env) {
  const measured = join(dir, 'memory');
  const tell = `import {writeFileSync} from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(measured)}, String(process.resourceUsage().maxRSS)));`;
  const options = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
  const begin = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: dir,
    env: { ...process.env, ...env, NODE_OPTIONS: options },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`fdl ${args.join(' ')} failed:\n${said}`);
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, megabytes: Number(readFileSync(measured, 'utf8')) / 1000, bytes };
}

const { startAws } = await loadStandins();
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const aws = await startAws();
try {
  console.log(`load ${loadavg()[0].toFixed(1)} on ${cpus().length} processors`);
  for (const size of sizes) {
    const name = `ledger-${size}`;
    const pages = await fill(aws, name, size);
    writeFileSync(join(dir, 'workflow.yaml'), workflow(name));
    const commands = [
      ['status', ['status', 'workflow.yaml']],
      ['status --cost --json', ['status', 'workflow.yaml', '--cost', '--json']],
      ['trace', ['trace', 'workflow.yaml', `s3://${name}/5/observation-7.csv`]],
      ['report', ['report', 'workflow.yaml', '-o', 'report.html']],
    ];
    for (const [title, args] of commands) {
      aws.reset();
      const { seconds, megabytes } = await run(dir, args, aws.env);
      const calls = aws.calls().filter(({ operation }) => operation === 'FilterLogEvents').length;
      const others = aws.calls().length - calls;
      const perThousand = ((calls * 1000) / size).toFixed(1);
      console.log(
        `${String(size).padStart(6)} invocations  ${title.padEnd(21)} ${seconds.toFixed(1).padStart(6)} s  ${megabytes.toFixed(0).padStart(5)} MB  ${calls} pages of logs (${perThousand} for 1,000; on AWS ${pages} at least), ${others} other calls`,
      );
    }
  }
} finally {
  await aws.stop();
  rmSync(dir, { recursive: true, force: true });
}
