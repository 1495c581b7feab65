/** A provider that exists in memory only: its objects are entries of a map, its calls can be held, failed and counted. */
import { makePlan, type Plan, type PlanInput } from '../../src/deploy/plan.ts';
import {
  type CallContext,
  type Change,
  type Kinds,
  type Props,
  Ref,
  type Resource,
  type ResourceKind,
  type Value,
} from '../../src/deploy/resource.ts';
import { leavesOf, sameValue } from '../../src/deploy/value.ts';

export const WORKFLOW = 'demo';

/** A call that a kind received; `id` is the kind's name for `list`. */
export interface Call {
  readonly op: 'read' | 'reconcile' | 'delete' | 'list';
  readonly id: string;
}

/** An object of the world. */
export interface Thing {
  readonly kind: string;
  readonly owner: string;
  readonly attrs: Props;
}

/** Runs around the effect of every call; what it throws is what the caller gets. */
export interface Hooks {
  before?(call: Call, context: CallContext): Promise<void> | void;
  after?(call: Call, context: CallContext): Promise<void> | void;
}

export interface World {
  readonly things: Map<string, Thing>;
  readonly calls: Call[];
  readonly kinds: Kinds;
  hooks: Hooks;
  mostAtOnce: number;
  /** Fulfilled once the call has started, also if it started before. */
  started(op: Call['op'], id: string): Promise<void>;
}

/**
 * `part`, `base`: plain, deleted in this order. `shared`: those of others are used as they are. `image`: says that its
 * `version` changes on update (that of all kinds does). `store`: not deleted while it has `content`.
 */
export function madeUpWorld(hooks: Hooks = {}): World {
  const waiters: { readonly call: Call; readonly go: () => void }[] = [];
  const happened = (a: Call) => (b: Call) => a.op === b.op && a.id === b.id;
  let running = 0;
  const world: World = {
    things: new Map(),
    calls: [],
    kinds: {},
    hooks,
    mostAtOnce: 0,
    started: (op, id) =>
      new Promise((go) => {
        if (world.calls.some(happened({ op, id }))) go();
        else waiters.push({ call: { op, id }, go });
      }),
  };
  const around = async <T>(call: Call, context: CallContext, effect: () => T): Promise<T> => {
    world.calls.push(call);
    world.mostAtOnce = Math.max(world.mostAtOnce, ++running);
    for (const waiter of waiters) if (happened(call)(waiter.call)) waiter.go();
    try {
      await world.hooks.before?.(call, context);
      const result = effect();
      await world.hooks.after?.(call, context);
      return result;
    } finally {
      running -= 1;
    }
  };
  const kind = (name: string, rank: number, more: Partial<ResourceKind> = {}) => ({
    [`made/${name}`]: { ...madeUpKind(world, `made/${name}`, rank, around), ...more },
  });
  const kinds = {
    ...kind('part', 10),
    ...kind('base', 20),
    ...kind('shared', 30, { foreign: 'use' }),
    ...kind('image', 15, { volatile: ['version'] }),
    ...kind('store', 40),
  };
  return Object.assign(world, { kinds });
}

type Around = <T>(call: Call, context: CallContext, effect: () => T) => Promise<T>;

let serial = 0;

function madeUpKind(world: World, kind: string, rank: number, around: Around): ResourceKind {
  const idIn = (value: Props) => String(value['self']);
  return {
    title: kind,
    rank,
    read: (props, context) =>
      around({ op: 'read', id: idIn(props) }, context, () => {
        const thing = world.things.get(idIn(props));
        return thing && { owned: thing.owner === WORKFLOW, attrs: thing.attrs };
      }),
    rules: {},
    changes: (props, attrs) =>
      Object.entries(props).flatMap(([path, after]) => differs(path, attrs[path], after)),
    reconcile: (props, context) =>
      around({ op: 'reconcile', id: idIn(props) }, context, () => {
        for (const { value } of leavesOf(props)) {
          if (value instanceof Ref) throw new Error(`unresolved reference in ${idIn(props)}`);
        }
        const old = world.things.get(idIn(props))?.attrs;
        const arn = old?.['arn'] ?? `arn:${idIn(props)}:${++serial}`;
        const same = old && Object.keys(props).every((key) => sameValue(props[key], old[key]));
        const version = same ? old['version'] : ++serial;
        const attrs = { ...props, arn, version };
        world.things.set(idIn(props), { kind, owner: WORKFLOW, attrs });
        return attrs;
      }),
    delete: (attrs, context) =>
      around({ op: 'delete', id: idIn(attrs) }, context, () => {
        if (kind === 'made/store' && attrs['content']) return { kept: 'it is not empty' };
        world.things.delete(idIn(attrs));
        return undefined;
      }),
    stays: async (attrs) => {
      const { heavy, maybe } = attrs;
      if (heavy) return { why: 'has files', isSure: true };
      return maybe ? { why: 'if it has files', isSure: false } : undefined;
    },
    list: (workflow, context) =>
      around({ op: 'list', id: kind }, context, () =>
        [...world.things]
          .filter(([, thing]) => thing.kind === kind && thing.owner === workflow)
          .map(([id, { attrs }]) => ({ id, attrs })),
      ),
  };
}

/** Properties whose name starts with `fixed` can only be set when the object is made. */
function differs(path: string, before: Value, after: Value): readonly Change[] {
  if (sameValue(before, after)) return [];
  return [path.startsWith('fixed') ? { path, before, after, replace: true } : { path, before, after }];
}

/** A resource of the made-up provider: a `part` unless told otherwise. */
export function thing(id: string, props: Props = {}, more: Partial<Resource> = {}): Resource {
  return { id, kind: 'made/part', props: { self: id, ...props }, dependsOn: [], ...more };
}

/** A plan for the world; with a signal that nobody uses unless told otherwise. */
export function planFor(
  world: World,
  desired: readonly Resource[],
  more: Partial<PlanInput> = {},
): Promise<Plan> {
  const signal = new AbortController().signal;
  return makePlan({ workflow: WORKFLOW, desired, kinds: world.kinds, signal, ...more });
}

/** The calls of these operations, in the order they started. */
export function idsOf(world: World, ...ops: readonly Call['op'][]): readonly string[] {
  return world.calls.filter(({ op }) => ops.includes(op)).map(({ id }) => id);
}

/** A promise that is fulfilled from outside. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((go) => {
    open = go;
  });
  return { passed, open: () => open() };
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
