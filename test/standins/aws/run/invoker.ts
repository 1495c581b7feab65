/**
 * Runs functions: waits for a runtime, gives it the event, and writes what it says to the function's log group.
 * Rules: "Configuring reserved concurrency" in Lambda's developer guide; TooManyRequestsException of Invoke in its
 * API reference.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as soon, setTimeout as wait } from 'node:timers/promises';
import type { Invoked, Sandbox } from '../../lambda-host.ts';
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import { type Functions, functionArn, type Known } from '../lambda/functions.ts';
import type { Launches } from './launches.ts';
import { type LogStream, lineFeed, openLogStream } from './log-stream.ts';
import { reportLines, startLines } from './platform-lines.ts';
import { openPool, type Pool, type Slot } from './pool.ts';

/** One run of a function. */
export interface Invocation {
  readonly requestId: string;
  readonly region: string;
  readonly name: string;
  readonly event: unknown;
  /** 1 for the first time. */
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: Invoked;
}

export interface Order {
  readonly known: Known;
  readonly event: unknown;
  readonly requestId?: string;
  readonly attempt?: number;
  /** Whether to fail rather than to wait where the function has no concurrency left. */
  readonly impatient?: boolean;
}

export interface Invoker {
  /** Runs a function once. @throws AwsFault */
  run(order: Order): Promise<Invoked & { readonly requestId: string }>;
  /** All runs so far, in order of their start. */
  invocations(): readonly Invocation[];
  /** Ends the idle runtimes of a function that is gone. */
  forget(known: Known): Promise<void>;
}

export interface InvokerParts {
  readonly world: World;
  readonly functions: Functions;
  readonly roles: Roles;
  readonly launches: Launches;
}

/** Milliseconds between two looks at what a runtime has written. */
const LOOK = 100;

export function openInvoker(parts: InvokerParts): Invoker {
  const pool = openPool(parts.world);
  const streams = new Map<Sandbox, Feed>();
  const done: Invocation[] = [];
  return {
    invocations: () => [...done],
    forget: pool.forget,
    run: async (order) => {
      const { known, event, requestId = randomUUID(), attempt = 1 } = order;
      const config = await parts.functions.describe(known.region, known.name);
      if (!config)
        throw new AwsFault('ResourceNotFoundException', `Function not found: ${functionArn(known)}`, 404);
      const limit = limitOf(parts, pool, order);
      const slot = await pool.take(known, limit, () => parts.launches.prepare(known, config));
      const begun = {
        requestId,
        region: known.region,
        name: known.name,
        event,
        attempt,
        startedAt: Date.now(),
      };
      const index = done.push(begun) - 1;
      try {
        const outcome = await runIn(parts, streams, slot, { known, config, event, requestId });
        done[index] = { ...begun, endedAt: Date.now(), outcome };
        return { ...outcome, requestId };
      } finally {
        await pool.give(known, slot);
      }
    },
  };
}

function limitOf({ world }: InvokerParts, pool: Pool, { known, impatient }: Order): number {
  const { reserved } = known;
  if (reserved === undefined) return world.settings.runtimes;
  if (reserved === 0 || (impatient && pool.busy(known) >= reserved)) {
    throw new AwsFault('TooManyRequestsException', 'Rate Exceeded.', 429);
  }
  return Math.min(reserved, world.settings.runtimes);
}

interface Run {
  readonly known: Known;
  readonly config: Params;
  readonly event: unknown;
  readonly requestId: string;
}

interface Feed {
  readonly log: LogStream;
  flush(end: boolean): void;
}

async function runIn(parts: InvokerParts, feeds: Map<Sandbox, Feed>, slot: Slot, run: Run): Promise<Invoked> {
  const { config, event, requestId, known } = run;
  const [deadlineMs, startedAt, starts] = [config['Timeout'] * 1000, Date.now(), slot.host.starts()];
  const outcome = slot.host.invoke(event, { deadlineMs, requestId, functionArn: functionArn(known) });
  // The runtime is started before the first turn of the event loop.
  await soon();
  const feed = feedOf(parts, feeds, slot, run);
  const cold = slot.host.starts() > starts;
  feed.log.write(startLines(config, requestId));
  const stop = new AbortController();
  const following = follow(feed, stop.signal);
  const ended = await outcome.finally(() => stop.abort());
  await following;
  feed.flush(true);
  feed.log.write(reportLines(config, requestId, ended, { durationMs: Date.now() - startedAt, cold }));
  await feed.log.flushed();
  return ended;
}

async function follow(feed: Feed, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    feed.flush(false);
    await wait(LOOK, undefined, { signal }).catch(() => {});
  }
}

function feedOf(parts: InvokerParts, feeds: Map<Sandbox, Feed>, slot: Slot, { known, config }: Run): Feed {
  const started = slot.started();
  if (!started) throw new Error('No runtime was started.');
  const { sandbox, stream } = started;
  const kept = feeds.get(sandbox);
  if (kept) return kept;
  const group: string = config['LoggingConfig'].LogGroup;
  const place = { region: known.region, group, stream };
  const log = openLogStream(parts.world, place, () => rightsOf(parts.roles, config['Role'], place));
  const feed = { log, ...lineFeed(sandbox.output, (lines) => log.write(lines.map((line) => `${line}\n`))) };
  feeds.set(sandbox, feed);
  return feed;
}

interface Place {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

async function rightsOf(roles: Roles, role: string, { region, group, stream }: Place) {
  const at = `arn:aws:logs:${region}:${ACCOUNT}:log-group:${group}`;
  const [open, write, create] = await Promise.all([
    roles.may(role, 'logs:CreateLogStream', `${at}:log-stream:${stream}`),
    roles.may(role, 'logs:PutLogEvents', `${at}:log-stream:${stream}`),
    roles.may(role, 'logs:CreateLogGroup', `${at}:*`),
  ]);
  return { write: open && write, create };
}
