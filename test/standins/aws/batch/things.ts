/**
 * What environments, queues and definitions of Batch have in common: names, states on the way, pages, errors. Rules:
 * the names, the pages and ClientException of the operations in Batch's API reference.
 */
import type { Params } from '../core/api.ts';
import type { Clock } from '../core/clock.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT } from '../core/world.ts';

export type Status = 'CREATING' | 'UPDATING' | 'DELETING' | 'DELETED' | 'VALID' | 'INVALID';

/** An environment or a queue. */
export interface Thing {
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  /** Settings, as they are after all updates. */
  given: Params;
  state: 'ENABLED' | 'DISABLED';
  readonly clock: Clock;
  /** The state on the way, until a time of the clock. */
  passing: Status;
  until: number;
  /** What follows. */
  next: Status;
  reason: string;
}

export function statusOf({ clock, passing, until, next }: Thing): Status {
  return clock.now() < until ? passing : next;
}

/** Lets a thing change for some milliseconds. */
export function change(thing: Thing, passing: Status, ms: number, next: Status = 'VALID', reason = ''): void {
  Object.assign(thing, { passing, until: thing.clock.now() + ms, next, reason });
}

/** All that there is of a kind, without what is deleted. */
export interface Shelf<T extends Thing> {
  readonly kind: 'compute-environment' | 'job-queue';
  readonly clock: Clock;
  /** By name or ARN. */
  find(region: string, named: string): T | undefined;
  /** @throws AwsFault `ClientException` */
  need(region: string, named: string): T;
  add(thing: T): void;
  all(region: string): readonly T[];
}

export function openShelf<T extends Thing>(kind: Shelf<T>['kind'], clock: Clock): Shelf<T> {
  let things: T[] = [];
  const all = (region: string) => {
    things = things.filter((each) => statusOf(each) !== 'DELETED');
    return things.filter((each) => each.region === region);
  };
  const find = (region: string, named: string) =>
    all(region).find(({ name, arn }) => named === name || named === arn);
  return {
    kind,
    clock,
    find,
    need: (region, named) => {
      const found = find(region, named);
      if (!found) throw client(`${kind} ${named} does not exist`);
      return found;
    },
    add: (thing) => void things.push(thing),
    all,
  };
}

/** A new thing, in the state `CREATING`. @throws AwsFault */
export function newThing(
  shelf: Shelf<Thing>,
  region: string,
  name: unknown,
  given: Params,
  ms: number,
): Thing {
  checkName(name, shelf.kind);
  if (shelf.find(region, name)) throw client('Object already exists');
  if (shelf.all(region).length >= MOST) throw client(`There are ${MOST} of ${shelf.kind} already`);
  const state = given['state'] ?? 'ENABLED';
  const arn = arnOf(region, shelf.kind, name);
  const thing: Thing = {
    region,
    name,
    arn,
    given,
    state,
    clock: shelf.clock,
    passing: 'CREATING',
    until: 0,
    next: 'VALID',
    reason: '',
  };
  change(thing, 'CREATING', ms);
  return thing;
}

/** Per region. */
const MOST = 50;

export function arnOf(region: string, kind: string, name: string): string {
  return `arn:aws:batch:${region}:${ACCOUNT}:${kind}/${name}`;
}

/** @throws AwsFault `ClientException` */
export function checkName(name: unknown, what: string): asserts name is string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9][\w-]{0,127}$/.test(name)) {
    throw client(`Error executing request, Exception : ${what} name should match valid pattern, was ${name}`);
  }
}

/** @throws AwsFault while a thing is on its way to another state */
export function needSettled(thing: Thing, what: string): void {
  if (['CREATING', 'UPDATING', 'DELETING'].includes(statusOf(thing))) {
    throw client(`Cannot ${what}, resource is being modified`);
  }
}

export function client(message: string): AwsFault {
  return new AwsFault('ClientException', message);
}

/** One page of a list, in the form of Batch's answers. */
export function page<T>(field: string, all: readonly T[], { maxResults = 100, nextToken }: Params) {
  const start = nextToken ? Number(Buffer.from(nextToken, 'base64').toString()) : 0;
  const end = start + Math.min(maxResults, 100);
  const more = end < all.length && { nextToken: Buffer.from(String(end)).toString('base64') };
  return { [field]: all.slice(start, end), ...more };
}
