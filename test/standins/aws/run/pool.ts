/** The runtimes of all functions: one event at a time each, kept for the next event, ended after a change. */
import { type LambdaHost, type Sandbox, startLambdaHost } from '../../lambda-host.ts';
import type { World } from '../core/world.ts';
import type { Known } from '../lambda/functions.ts';
import { type LaunchAs, newStreamName } from './launches.ts';

/** Milliseconds that a runtime may take to start. Starting containers side by side is slower here than on AWS. */
const INIT_TIMEOUT = 30_000;

/** A place for one runtime, and the one that is in it. */
export interface Slot {
  readonly version: number;
  readonly host: LambdaHost;
  /** The runtime that was started last, with its log stream. */
  started(): { readonly sandbox: Sandbox; readonly stream: string } | undefined;
}

export interface Pool {
  /** A free slot of a function: an idle one, a new one, or after a while one that others have done with. */
  take(known: Known, limit: number, prepare: () => Promise<LaunchAs>): Promise<Slot>;
  give(known: Known, slot: Slot): Promise<void>;
  /** Ends the idle runtimes of a function. */
  forget(known: Known): Promise<void>;
  /** How many runtimes of a function work now. */
  busy(known: Known): number;
}

interface Places {
  readonly idle: Slot[];
  busy: number;
  readonly waiting: (() => void)[];
}

export function openPool({ onStop }: World): Pool {
  const all = new Map<Known, Places>();
  const slots = new Set<Slot>();
  const placesOf = (known: Known): Places => {
    const places = all.get(known) ?? { idle: [], busy: 0, waiting: [] };
    all.set(known, places);
    return places;
  };
  const end = async (slot: Slot) => {
    slots.delete(slot);
    await slot.host.close();
  };
  const needOpen = gate(onStop, () => Promise.all([...slots].map(end)));
  return {
    busy: (known) => placesOf(known).busy,
    forget: async (known) => void (await Promise.all(placesOf(known).idle.splice(0).map(end))),
    take: async (known, limit, prepare) => {
      const places = placesOf(known);
      await enter(places, limit);
      try {
        const idle = await idleOne(places, known.version, end);
        const slot = idle ?? (await openSlot(known.version, await prepare(), needOpen));
        slots.add(slot);
        return slot;
      } catch (thrown) {
        leave(places);
        throw thrown;
      }
    },
    give: async (known, slot) => {
      const places = placesOf(known);
      if (slot.version === known.version) places.idle.push(slot);
      else await end(slot);
      leave(places);
    },
  };
}

/** Answers a check that throws once the stand-in is stopped: nothing may be started after that. */
function gate(onStop: World['onStop'], close: () => unknown): () => void {
  let closed = false;
  onStop(() => {
    closed = true;
    return close();
  });
  return () => {
    if (closed) throw new Error('The stand-in is stopped.');
  };
}

/** Waits for a place. */
async function enter(places: Places, limit: number): Promise<void> {
  while (places.busy >= limit) await new Promise<void>((resolve) => places.waiting.push(resolve));
  places.busy += 1;
}

function leave(places: Places): void {
  places.busy -= 1;
  places.waiting.shift()?.();
}

async function idleOne(
  { idle }: Places,
  version: number,
  end: (slot: Slot) => Promise<void>,
): Promise<Slot | undefined> {
  for (let slot = idle.pop(); slot; slot = idle.pop()) {
    if (slot.version === version) return slot;
    await end(slot);
  }
  return undefined;
}

async function openSlot(version: number, launchAs: LaunchAs, needOpen: () => void): Promise<Slot> {
  needOpen();
  let started: ReturnType<Slot['started']>;
  const host = await startLambdaHost({
    initTimeoutMs: INIT_TIMEOUT,
    launch: (address) => {
      needOpen();
      const stream = newStreamName();
      const sandbox = launchAs(stream)(address);
      started = { sandbox, stream };
      return sandbox;
    },
  });
  return { version, host, started: () => started };
}
