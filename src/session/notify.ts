/** Tells those whom a file names in `on_failure` and `on_success` what came of a run. Nothing that fails here changes that. */
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import { openAgent } from '../network.ts';
import { hideCredentials, maskCredentials, masker, reveal } from '../secret.ts';
import { VERSION } from '../version.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { Target } from '../workflow/notifications.ts';
import type { Settings } from './settings.ts';

/** What came of work that was waited for to its end. */
export interface Ended {
  /** `timed-out`: nobody waits any longer, though something is left. */
  readonly status: 'succeeded' | 'failed' | 'timed-out';
  readonly startedAt: Date;
  readonly invocations: readonly Invocation[];
  /** The inputs that have failed, also those of earlier runs. */
  readonly failures: readonly Invocation[];
  /** Inputs that are not through, files that could not be put, and results that could not be fetched. */
  readonly left?: number;
  readonly notPut?: number;
  readonly notFetched?: number;
  /** What the machine lacks, as a clause. */
  readonly fault?: string | undefined;
}

/** Milliseconds that each target has. */
const PATIENCE = 10_000;
/** Failures that are named; `counts` has all. */
const [NAMED, NAMED_IN_TEXT] = [100, 10];

/** Tells all targets at once. One that cannot be told is a note, which names no more of a webhook than its host. */
export async function notify(
  workflow: Workflow,
  ended: Ended,
  settings: Settings,
  secrets: readonly string[],
): Promise<void> {
  const section = ended.status === 'succeeded' ? 'on_success' : 'on_failure';
  const mask = masker(secrets);
  const document = documentOf(workflow.name, ended, (text) => maskCredentials(mask(text)));
  await Promise.all(
    (workflow.notifications?.[section] ?? []).map(async (target) => {
      try {
        if (target.kind === 'webhook') await post(reveal(target.url), contentFor(target, document));
        else await runCommand(target.words, JSON.stringify(document), workflow, settings);
      } catch (thrown) {
        const message = `warning: ${nameOf(target)} of ${section} was not told: ${messageOf(thrown)}`;
        await settings.emit({ type: 'note', message });
      }
    }),
  );
}

/** What targets get, as docs/fdl.md describes it. */
function documentOf(workflow: string, ended: Ended, mask: (text: string) => string) {
  const { status, startedAt, invocations, failures, left = 0, notPut = 0, notFetched = 0, fault } = ended;
  const succeeded = invocations.filter((each) => each.status === 'succeeded').length;
  return {
    workflow,
    status,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    counts: { succeeded, failed: failures.length, left, notPut, notFetched },
    failures: failures.slice(0, NAMED).map(({ id, step, input, exitCode, reason = 'it failed' }) => {
      return { step, input: input?.uri, invocation: id, exitCode, reason: mask(reason) };
    }),
    ...(fault !== undefined && { fault: mask(fault) }),
  };
}

type Notification = ReturnType<typeof documentOf>;

function contentFor({ format }: Extract<Target, { kind: 'webhook' }>, document: Notification): string {
  return JSON.stringify(format === 'slack' ? { text: slackText(document) } : document);
}

function slackText({ workflow, status, counts, failures, fault }: Notification): string {
  const words = { left: 'left to do', notPut: 'not put', notFetched: 'not fetched' };
  const more = (['left', 'notPut', 'notFetched'] as const).filter((name) => counts[name] > 0);
  const parts = [
    `${counts.succeeded} succeeded`,
    `${counts.failed} failed`,
    ...more.map((name) => `${counts[name]} ${words[name]}`),
  ];
  const named = failures.slice(0, NAMED_IN_TEXT);
  const lines = [
    `${workflow} ${status === 'timed-out' ? 'was not waited for any longer' : status}: ${parts.join(', ')}`,
    ...(fault === undefined ? [] : [`stopped: ${fault}`]),
    ...named.map(
      ({ step, input, reason }) => `• ${step}${input === undefined ? '' : ` ${input}`}: ${reason}`,
    ),
    ...(counts.failed > named.length ? [`… and ${counts.failed - named.length} more`] : []),
  ];
  return lines.join('\n').replace(/[&<>]/g, (each) => SLACK[each] ?? each);
}

/** Rule: https://docs.slack.dev/messaging/formatting-message-text#escaping. */
const SLACK: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function nameOf(target: Target): string {
  if (target.kind === 'command') return `the command ${target.words[0]}`;
  const url = reveal(target.url);
  return URL.canParse(url) ? `the webhook at ${new URL(url).host}` : 'a webhook';
}

/** Posts JSON once; redirections are not followed, since the address is a secret. */
async function post(address: string, content: string): Promise<void> {
  if (!URL.canParse(address)) throw new Error('its URL is not known here');
  const { origin, pathname, search, username, password } = new URL(address);
  // As it is sent, which need not be as the file has it.
  hideCredentials(pathname + search, username, password);
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = {
    'content-type': 'application/json',
    'user-agent': `fdl/${VERSION}`,
    ...(login !== ':' && { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
  };
  const signal = AbortSignal.timeout(PATIENCE);
  const agent = await openAgent({ connectTimeout: PATIENCE });
  try {
    const request = {
      origin,
      path: pathname + search,
      method: 'POST' as const,
      headers,
      body: content,
      signal,
    };
    const { statusCode, body } = await agent.request(request);
    body.on('error', () => undefined).destroy();
    if (statusCode < 200 || statusCode > 299) throw new Error(`it answered with HTTP status ${statusCode}`);
  } catch (thrown) {
    throw signal.aborted ? tooLate() : thrown;
  } finally {
    await agent.destroy();
  }
}

function tooLate(): Error {
  return new Error(`it took longer than ${PATIENCE / 1000} seconds`);
}

/** Runs a command with a text on its standard input. It must end with 0 in time; else all that it started is ended. */
function runCommand(
  [program = '', ...args]: readonly string[],
  content: string,
  { file }: Workflow,
  { environment, workingDirectory }: Settings,
): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: dirname(resolve(workingDirectory, file)),
      env: { ...environment },
      shell: args.length === 0,
      // A group of its own, which can be ended as a whole.
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const timer = setTimeout(() => {
      endAll(child.pid);
      child.stderr.destroy();
      fail(tooLate());
    }, PATIENCE);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LONGEST);
    });
    // Whoever does not read it has no need of it.
    child.stdin.on('error', () => undefined).end(content);
    child.once('error', (thrown) => {
      clearTimeout(timer);
      fail(thrown);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const last = said.trim().split('\n').at(-1);
      const how = code === null ? `signal ${signal}` : `exit code ${code}`;
      if (code === 0) done();
      else fail(new Error(`it ended with ${how}${last ? `: ${last}` : ''}`));
    });
  });
}

/** Characters that are kept of what a command writes to its standard error. */
const LONGEST = 1000;

function endAll(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
