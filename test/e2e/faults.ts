/**
 * Workflows whose every call may go wrong while they are set up, changed and removed, and what comes of it. Used by
 * `faults.test.ts` for some calls and by `bench/faults.mjs` for all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import {
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
} from '@aws-sdk/client-batch';
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2';
import { ListInstanceProfilesCommand } from '@aws-sdk/client-iam';
import { open, type Report } from '../../src/session/index.ts';
import type { Call as AwsCall, Failure } from '../standins/aws/index.ts';
import { startMemoryS3 } from '../standins/oscar/memory-s3.ts';
import { type Oscar, startOscar, type Trouble } from '../standins/oscar/oscar.ts';
import { type AccountLab, contentOf, openAccount } from './aws-account.ts';
import { openInternet } from './aws-network.ts';
import { startBefore } from './front.ts';
import { addBusybox } from './image-lab.ts';
import { clusterEnv } from './oscar-lab.ts';
import { write } from './project.ts';

/** What happens to a call: refused in two ways, refused for some calls on end, failed once, done without an answer, `fdl` killed. */
export const FAULTS = ['403', '400', 'throttled', '500 once', 'answer lost', 'kill -9'] as const;
export type Fault = (typeof FAULTS)[number];
/** Commands that it happens in. */
export const OPERATIONS = ['apply', 'update', 'rm'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Calls in a row that are refused for their number. */
const THROTTLED = 3;

export interface Sample {
  readonly name: string;
  readonly yaml: string;
  /** The file after it was changed. */
  readonly changed: string;
  readonly scripts: Readonly<Record<string, string>>;
}

const SCRIPT = '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n';

function chain(memory: number, prefix: string): string {
  const step = (at: number) => `    - lambda:
        name: step${at}
        memory: ${memory}
        ${at === 1 ? 'function_url: true' : ''}
        ${at === 2 ? 'reserved_concurrency: 1' : ''}
        container: {image: me/busybox:1, environment: {Secrets: {KEY: ${prefix}-secret}}}
        init_script: step.sh
        input: [{storage_provider: s3, path: chain-7d2c/${at === 1 ? 'in' : `${prefix}-${at}`}}]
        output: [{storage_provider: s3, path: chain-7d2c/${prefix}-${at + 1}}]
      ${at === 3 ? 'api_gateway: {name: chain-api}' : ''}
`;
  return `name: chain\nfunctions:\n  aws:\n${[1, 2, 3, 4, 5].map(step).join('')}`;
}

const services = (mode: string, memory: string) => `name: services
functions:
  oscar:
    - lab:
        name: upper
        image: busybox
        memory: ${memory}
        script: step.sh
        environment: {variables: {MODE: ${mode}}, secrets: {KEY: abc}}
        input: [{storage_provider: minio, path: flow/in}]
        output: [{storage_provider: minio, path: flow/${mode}}]
        mount: {storage_provider: minio, path: models}
    - lab:
        name: count
        image: busybox
        script: step.sh
        input: [{storage_provider: minio, path: flow/${mode}}]
        output: [{storage_provider: minio, path: flow/res}]
`;

/** An example, with texts exchanged for its change. */
function example(root: string, name: string, changes: readonly (readonly [string, string])[]): Sample {
  const folder = path.join(root, 'examples', name);
  const yaml = `name: ${name}\n${readFileSync(path.join(folder, 'workflow.yaml'), 'utf8')}`;
  const changed = changes.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`${name} has no ${before}`);
    return text.replace(before, after);
  }, yaml);
  const scripts = Object.fromEntries(
    [...yaml.matchAll(/script: (\w+\.sh)/g)].map(([, file = '']) => [file, SCRIPT]),
  );
  return { name, yaml, changed, scripts };
}

/** Four workflows: functions and jobs, two clouds, a chain of functions, services that share a bucket. */
export function samples(root: string): readonly Sample[] {
  const scripts = { 'step.sh': SCRIPT };
  return [
    example(root, 'audio-video', [
      ['memory: 2048', 'memory: 1024'],
      ['WHISPER_MODEL: base.en', 'WHISPER_MODEL: small'],
      ['max_v_cpus: 8', 'max_v_cpus: 12'],
      ['path: audio-video-3b7e/objects', 'path: audio-video-3b7e/things'],
    ]),
    example(root, 'mask-detection', [
      ['SECONDS_PER_FRAME: "5"', 'SECONDS_PER_FRAME: "7"'],
      ['memory: 2048', 'memory: 1024'],
      ['path: mask-detection-6e3a/masks', 'path: mask-detection-6e3a/with'],
    ]),
    { name: 'chain', yaml: chain(512, 'first'), changed: chain(640, 'second'), scripts },
    { name: 'services', yaml: services('fast', '256Mi'), changed: services('slow', '512Mi'), scripts },
  ];
}

/** What came of one fault in one command. */
export interface Case {
  readonly sample: string;
  readonly operation: Operation;
  readonly call: number;
  readonly fault: Fault;
  /** The call that was hit; nothing where the command had ended before. */
  readonly hit: string | undefined;
  /** Commands until all was as it should be, the one with the fault among them. */
  readonly commands: number;
  /** Calls that these made. */
  readonly calls: number;
  /** What is wrong in the end. */
  readonly wrong: readonly string[];
}

export interface FaultLab {
  /** How many calls each command makes when nothing goes wrong. */
  count(sample: Sample): Promise<Readonly<Record<Operation, number>>>;
  /** The same while the first answer to each change is lost; what failed or is not as it should be. */
  lossy(sample: Sample): Promise<readonly string[]>;
  /** Sets up, changes and removes a workflow, and lets this call of each of the three go wrong, where there is one. */
  cycle(sample: Sample, call: number, fault: Fault): Promise<readonly Case[]>;
  close(): Promise<void>;
}

/** More commands than anything should need. */
const PATIENCE = 4;

/** A cloud, a cluster and its store, whose calls are counted together. */
export async function openFaultLab(root: string): Promise<FaultLab> {
  const counter = newCounter();
  const account = await openAccount({
    delays: { pending: 0, update: 0, role: 0, batch: 0 },
    images: { 'me/busybox:1': (folder) => addBusybox(folder, ['sh', 'cp']) },
  });
  for (const name of [
    'jrottenberg/ffmpeg:7.1-ubuntu2404',
    'ggml-org/whisper.cpp:main',
    'ultralytics/ultralytics:8.3.40',
    'grycap/mask-detector-yolo:mini',
  ])
    await account.publish(name, (folder) => addBusybox(folder, ['sh', 'cp']));
  // As default networks of AWS have it: one who may not look thinks so, too.
  await openInternet(account.aws);
  const s3 = await startMemoryS3();
  const oscar = await startOscar({
    release: '4.1.2',
    s3: s3.url,
    settings: { s3Endpoint: account.aws.url },
    trouble: ({ method, path: asked }) => troubleOf(counter.next(`oscar ${method} ${asked}`), counter),
  });
  const minio = await startBefore(oscar.minio.url, (request, response, forward) => {
    const fault = counter.next(`minio ${request.method} ${request.url?.replace(/\?.*/, '')}`);
    if (fault === undefined) void forward();
    else answerAsMinio(fault, counter, response, forward);
  });
  // As the cluster tells it.
  Object.assign(oscar.minio, { url: minio.url });
  const environment = {
    ...process.env,
    ...account.env,
    ...clusterEnv('lab', oscar.url),
    FDL_REGISTRY_MIRRORS: `*=${account.registry}`,
  };
  Object.assign(process.env, account.env, { FDL_REGISTRY_MIRRORS: environment.FDL_REGISTRY_MIRRORS });
  const lab: Lab = { root, counter, account, oscar, environment };
  const before = await everythingIn(lab);
  return {
    count: (sample) => countCalls(lab, sample),
    lossy: (sample) => lossy(lab, sample, before),
    cycle: (sample, call, fault) => cycle(lab, sample, { call, fault, before }),
    close: async () => {
      await oscar.stop();
      await minio.close();
      await s3.stop();
      await account.close();
    },
  };
}

interface Lab {
  readonly root: string;
  readonly counter: Counter;
  readonly account: AccountLab;
  readonly oscar: Oscar;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Counts calls, and says which of them go wrong. */
interface Counter {
  /** From now on calls are counted anew; the one of this number goes wrong. `kill` ends the command. */
  plan(call: number, fault: Fault | undefined): void;
  kill: (() => void) | undefined;
  next(what: string): Fault | undefined;
  seen(): number;
  hit(): string | undefined;
  /** Whether a call that is cut off is carried out: every other one. */
  isDone(): boolean;
}

function newCounter(): Counter {
  const state = {
    at: -1,
    seen: 0,
    left: 0,
    fault: undefined as Fault | undefined,
    hit: undefined as string | undefined,
  };
  const counter: Counter = {
    plan: (at, fault) => Object.assign(state, { at, fault, seen: 0, left: 0, hit: undefined }),
    kill: undefined,
    next: (what) => {
      state.seen += 1;
      if (state.fault === undefined) return undefined;
      if (state.seen === state.at) {
        Object.assign(state, { hit: what, left: state.fault === 'throttled' ? THROTTLED : 1 });
        if (state.fault === 'kill -9') counter.kill?.();
      }
      if (state.left === 0) return undefined;
      state.left -= 1;
      return state.fault;
    },
    seen: () => state.seen,
    hit: () => state.hit,
    isDone: () => state.fault === 'answer lost' || state.at % 2 === 0,
  };
  return counter;
}

/** The codes of the common errors of the API references, and those of S3. */
function failureOf(fault: Fault, isS3: boolean, counter: Counter): Failure {
  const message = 'This call fails in a test';
  switch (fault) {
    case '403':
      return { code: isS3 ? 'AccessDenied' : 'AccessDeniedException', message, status: 403 };
    case '400':
      return { code: isS3 ? 'InvalidRequest' : 'ValidationException', message, status: 400 };
    case 'throttled':
      return { code: isS3 ? 'SlowDown' : 'ThrottlingException', message, status: isS3 ? 503 : 400 };
    case '500 once':
      return { code: isS3 ? 'InternalError' : 'InternalFailure', message, status: 500 };
    default:
      return { code: 'lost', message, after: counter.isDone(), drop: true };
  }
}

const STATUS: Readonly<Partial<Record<Fault, number>>> = {
  '403': 403,
  '400': 400,
  throttled: 429,
  '500 once': 500,
};

function troubleOf(fault: Fault | undefined, counter: Counter): Trouble | undefined {
  if (fault === undefined) return undefined;
  const status = STATUS[fault];
  if (status !== undefined) return { status, body: 'This call fails in a test' };
  return counter.isDone() ? { forget: true } : { hangUp: true };
}

function answerAsMinio(
  fault: Fault,
  counter: Counter,
  response: ServerResponse,
  forward: () => Promise<void>,
): void {
  const { code, message, status = 400, drop } = failureOf(fault, true, counter);
  if (!drop) {
    const body = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    return;
  }
  if (!counter.isDone()) return void response.destroy();
  // What is written is not sent.
  response.writeHead = () => response;
  response.write = () => true;
  void forward();
  response.end = () => response.destroy();
}

/** What a command came to. */
interface Ended {
  readonly problem: string | undefined;
  readonly calls: number;
}

const KEPT = new Set(['done', 'kept']);

function problemOf({ outcomes }: Report): string | undefined {
  const bad = outcomes.filter(({ status }) => !KEPT.has(status));
  return bad.length === 0
    ? undefined
    : bad.map(({ id, status, error, reason }) => `${status} ${id}: ${error?.message ?? reason}`).join('; ');
}

/** Opens the workflow as the commands do, as it is after `operation`. */
function session({ account, environment }: Lab, sample: Sample, operation: Operation) {
  const folder = path.join(account.folder, sample.name);
  const text = operation === 'apply' ? sample.yaml : sample.changed;
  write(folder, { ...sample.scripts, 'workflow.yaml': text });
  const file = path.join(folder, 'workflow.yaml');
  const opening = () =>
    open(file, { environment, workingDirectory: folder, purpose: operation === 'rm' ? 'look' : 'deploy' });
  return { file, opening };
}

const HOW = {
  apply: { orphans: 'name', tolerant: true },
  update: { orphans: 'name', tolerant: true },
  rm: { remove: true, deleteData: true, tolerant: true, force: true },
} as const;

/** Carries a command out, in this process. */
async function command(lab: Lab, sample: Sample, operation: Operation): Promise<Ended> {
  const before = lab.counter.seen();
  const problem = await (async () => {
    const opened = await session(lab, sample, operation).opening();
    const { report } = await opened.apply(await opened.plan(HOW[operation]));
    return problemOf(report);
  })().catch((thrown: Error) => thrown.message);
  return { problem, calls: lab.counter.seen() - before };
}

/** The same in a process of its own, which may be killed. */
async function killable(lab: Lab, sample: Sample, operation: Operation): Promise<Ended> {
  const { file } = session(lab, sample, operation);
  const words =
    operation === 'rm' ? ['rm', file, '--yes', '--delete-data', '--force'] : ['apply', file, '--yes'];
  const child = spawn(process.execPath, [path.join(lab.root, 'bin/fdl.js'), ...words], {
    env: lab.environment as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  lab.counter.kill = () => void child.kill('SIGKILL');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { problem: code === 0 ? undefined : said || 'killed', calls: lab.counter.seen() };
}

/** What is in the account, on the cluster and in its store. */
async function everythingIn({ account, oscar }: Lab): Promise<readonly string[]> {
  const { batch, ec2, iam } = account.clients;
  const [environments, queues, definitions, templates, profiles, others, buckets] = await Promise.all([
    batch.send(new DescribeComputeEnvironmentsCommand({})),
    batch.send(new DescribeJobQueuesCommand({})),
    batch.send(new DescribeJobDefinitionsCommand({ status: 'ACTIVE' })),
    ec2.send(new DescribeLaunchTemplatesCommand({})),
    iam.send(new ListInstanceProfilesCommand({})),
    contentOf(account.clients),
    oscar.minio.buckets(),
  ]);
  return [
    ...(environments.computeEnvironments ?? []).map((each) => `environment ${each.computeEnvironmentName}`),
    ...(queues.jobQueues ?? []).map((each) => `queue ${each.jobQueueName}`),
    ...(definitions.jobDefinitions ?? []).map((each) => `definition ${each.jobDefinitionName}`),
    ...(templates.LaunchTemplates ?? []).map((each) => `template ${each.LaunchTemplateName}`),
    ...(profiles.InstanceProfiles ?? []).map((each) => `profile ${each.InstanceProfileName}`),
    ...others,
    ...buckets.map((name) => `minio ${name}`),
    ...[...oscar.cluster.services.keys()].map((name) => `service ${name}`),
  ].sort();
}

/** Counts the calls of AWS, and lets the one go wrong that is meant; the stand-in's own clients are nobody's command. */
function watch(lab: Lab, call: number, fault: Fault | undefined): void {
  const { account, counter } = lab;
  counter.plan(call, fault);
  account.aws.reset();
  const failure: Failure = { code: 'none', times: Number.POSITIVE_INFINITY };
  const matches = ({ service, operation }: AwsCall) => {
    const due = counter.next(`${service}:${operation}`);
    if (due !== undefined) Object.assign(failure, failureOf(due, service === 's3', counter));
    return due !== undefined;
  };
  account.aws.failNext(matches, failure);
}

async function countCalls(lab: Lab, sample: Sample): Promise<Readonly<Record<Operation, number>>> {
  const counts: Record<Operation, number> = { apply: 0, update: 0, rm: 0 };
  for (const operation of OPERATIONS) {
    watch(lab, -1, undefined);
    const { problem, calls } = await command(lab, sample, operation);
    if (problem !== undefined) throw new Error(`${sample.name}, ${operation} without a fault: ${problem}`);
    counts[operation] = calls;
  }
  return counts;
}

interface Aim {
  readonly call: number;
  readonly fault: Fault;
  /** What was there at first. */
  readonly before: readonly string[];
}

async function cycle(lab: Lab, sample: Sample, aim: Aim): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const operation of OPERATIONS) cases.push(await faulty(lab, sample, operation, aim));
  return cases;
}

async function lossy(lab: Lab, sample: Sample, before: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const operation of OPERATIONS) {
    const seen = new Set<string>();
    const isNew = ({ mutating, service, operation: name, params }: AwsCall) => {
      const key = `${service} ${name} ${params['Bucket'] ?? ''} ${params['StatementId'] ?? ''}`;
      return mutating && !seen.has(key) && Boolean(seen.add(key));
    };
    lab.account.aws.reset();
    lab.account.aws.failNext(isNew, { code: 'lost', after: true, drop: true, times: 1000 });
    const { problem } = await command(lab, sample, operation);
    lab.account.aws.reset();
    if (problem !== undefined) wrong.push(problem);
    if (operation !== 'update' && seen.size < 10) wrong.push(`only ${seen.size} changes in ${operation}`);
    wrong.push(...(await wrongAfter(lab, sample, operation, before)));
  }
  return wrong;
}

/** Runs a command with a fault, then without one until it has nothing more to say. */
async function faulty(lab: Lab, sample: Sample, operation: Operation, aim: Aim): Promise<Case> {
  const { call, fault } = aim;
  watch(lab, call, fault);
  const run = fault === 'kill -9' ? killable : command;
  let { problem, calls } = await run(lab, sample, operation);
  const hit = lab.counter.hit();
  watch(lab, -1, undefined);
  let commands = 1;
  while (problem !== undefined && commands < PATIENCE) {
    const again = await command(lab, sample, operation);
    calls += again.calls;
    problem = again.problem;
    commands += 1;
  }
  const left = await wrongAfter(lab, sample, operation, aim.before);
  const wrong = [...(problem === undefined ? [] : [problem]), ...left];
  return { sample: sample.name, operation, call, fault, hit, commands, calls, wrong };
}

/**
 * What belongs to the account and not to a workflow: the role that AWS Batch makes for itself, and the bucket for deployments;
 * and job definitions that AWS keeps for some time after they were taken out of use.
 */
const STAYS =
  /\/aws-service-role\/|^s3:\/\/fdl-\d+-[\w-]+$|^tags arn:aws:s3:::fdl-\d+-|^tags .*:job-definition\//;

/** What another apply would still do, or what was left behind by the removal. */
async function wrongAfter(
  lab: Lab,
  sample: Sample,
  operation: Operation,
  before: readonly string[],
): Promise<readonly string[]> {
  if (operation === 'rm') {
    const left = await everythingIn(lab);
    return left
      .filter((each) => !before.includes(each) && !STAYS.test(each))
      .map((each) => `left behind: ${each}`);
  }
  const { plan } = await (await session(lab, sample, operation).opening()).plan(HOW[operation]);
  return plan.actions
    .filter(({ action }) => action !== 'keep')
    .map(({ action, id }) => `still to do: ${action} ${id}`);
}
