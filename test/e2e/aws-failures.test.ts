/** Whatever call fails while a workflow is set up on AWS: the next apply gets it right, and rm leaves nothing. */

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/deploy/apply.ts';
import type { Outcome } from '../../src/deploy/outcome.ts';
import { makePlan } from '../../src/deploy/plan.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { openProvider } from '../../src/providers/registry.ts';
import { readWorkflow } from '../../src/workflow/read.ts';
import { type Call, type Failure, REFUSED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, contentOf, openAccount } from './aws-account.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';
import { isTried } from './sample.ts';

const FILES = {
  'step.sh': '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n',
  'small.yaml': `name: small
functions:
  aws:
    - lambda:
        name: copy
        function_url: true
        reserved_concurrency: 1
        container:
          image: me/busybox:1
          environment: {Secrets: {API_KEY: "\${env:API_KEY}"}}
        init_script: step.sh
        input: [{storage_provider: s3, path: small/in}]
        output: [{storage_provider: s3, path: small/out}]
      api_gateway: {name: small-api}
`,
};

/** Nothing waits here: what is made is ready at once. */
const AT_ONCE = { pending: 0, update: 0, role: 0 };
const SIGNAL = new AbortController().signal;
/** Of the calls that only read, one of so many is enough: they leave nothing behind. */
const READS = 8;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('setting up on AWS', () => {
  let account: AccountLab;
  let before: readonly string[];
  /** The numbers of the calls that shall fail. */
  let numbers: readonly number[];

  beforeAll(async () => {
    account = await openAccount({
      delays: AT_ONCE,
      images: {
        'me/busybox:1': (root) => addBusybox(root, ['sh', 'cp']),
      },
    });
    Object.assign(process.env, account.env);
    write(account.folder, FILES);
    before = await contentOf(account.clients);
    account.aws.reset();
    expect(failures(await deploy())).toEqual([]);
    const calls = account.aws.calls();
    numbers = calls.flatMap(({ mutating }, index) => (mutating || index % READS === 0 ? [index + 1] : []));
    await removeAll();
  });

  afterAll(() => account?.close());

  /** As `fdl apply` and `fdl rm` do it, without starting a process each time. */
  async function deploy(remove = false): Promise<readonly Outcome[]> {
    const environment = { ...account.env, API_KEY: 'very-secret' };
    const workingDirectory = account.folder;
    const read = await readWorkflow(path.join(workingDirectory, 'small.yaml'), {
      language: LANGUAGE,
      environment,
      workingDirectory,
    });
    if (!read.workflow) throw new Error(JSON.stringify(read.diagnostics));
    const context = { environment, workingDirectory, signal: SIGNAL };
    const { workflow, provider } = await openProvider(read.workflow, false, context);
    const { deployer } = provider;
    const facts = await deployer.resolve(workflow, remove ? 'remove' : 'apply');
    const desired = deployer.desired(workflow, facts, { endpoint: () => undefined });
    const kinds = deployer.kinds(workflow, facts, { deleteData: true });
    const how = { remove, signal: SIGNAL, tolerant: true, ...(!remove && { orphans: 'name' as const }) };
    const plan = await makePlan({ workflow: workflow.name, desired, kinds, ...how });
    const { report } = await applyPlan(plan, { kinds, signal: SIGNAL, emit: () => {} });
    return report.outcomes;
  }

  function failures(outcomes: readonly Outcome[]): readonly Outcome[] {
    return outcomes.filter(({ status }) => status !== 'done' && status !== 'kept');
  }

  async function removeAll(): Promise<void> {
    expect(failures(await deploy(true))).toEqual([]);
    expect(await contentOf(account.clients)).toEqual(before);
  }

  /** Lets the call of this number fail, then applies again and removes everything. */
  async function survives(number: number, failure: Failure): Promise<void> {
    account.aws.reset();
    account.aws.failCall(number, { failure });
    const first = await deploy().catch((thrown: Error) => thrown);
    const failed = account.aws.calls()[number - 1];
    const what = `call ${number}, ${failed?.service}:${failed?.operation}`;
    // What only looks for leftovers, or tries again by itself, may fail without harm.
    if (first instanceof Error) expect(first.message, what).toMatch(/fails in a test|not allowed|denied/i);
    account.aws.reset();
    expect(failures(await deploy()), what).toEqual([]);
    account.aws.reset();
    await deploy();
    expect(account.aws.mutations(), what).toEqual([]);
    if (number % 4 < 2) {
      account.aws.failCall(number, { failure });
      await deploy(true).catch(() => undefined);
      account.aws.reset();
    }
    await removeAll();
  }

  it('survives any call that is refused, or whose answer is an error although it was carried out', async () => {
    expect(numbers.length).toBeGreaterThan(20);
    for (const [index, number] of numbers.entries())
      if (isTried(index)) await survives(number, { ...REFUSED, after: number % 2 === 0 });
  }, 600_000);

  it('does not notice that the first answer to each change is lost', async () => {
    const seen = new Set<string>();
    const isNew = ({ mutating, service, operation, params }: Call) => {
      const key = `${service} ${operation} ${params['Bucket'] ?? ''} ${params['StatementId'] ?? ''}`;
      return mutating && !seen.has(key) && Boolean(seen.add(key));
    };
    account.aws.reset();
    account.aws.failNext(isNew, { code: 'lost', after: true, drop: true, times: 1000 });
    expect(failures(await deploy())).toEqual([]);
    expect(seen.size).toBeGreaterThan(15);
    account.aws.reset();
    await deploy();
    expect(account.aws.mutations()).toEqual([]);
    seen.clear();
    account.aws.failNext(isNew, { code: 'lost', after: true, drop: true, times: 1000 });
    await removeAll();
  });
});
