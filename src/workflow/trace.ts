/** What became of an object, and what it was made of: a part of all invocations of a workflow. Pure, and the same on every provider. */
import { locationOf, naming } from './follow.ts';
import type { Invocation, ObjectRef } from './invocation.ts';
import type { Workflow } from './model.ts';

/** An object that invocations read or wrote. */
export interface TracedObject extends Pick<ObjectRef, 'uri' | 'size'> {
  /** Ids of the invocations that wrote it; empty for what came from outside. More than one overwrote it. */
  readonly writtenBy: readonly string[];
  /** Ids of the invocations that it triggered, also of repeated attempts; those that share an id are one. */
  readonly triggered: readonly string[];
}

/** An invocation with its place in the trace. Objects have the URI that whoever wrote them has for them. */
export interface TracedInvocation extends Invocation {
  /** Ids of the invocations that wrote its input; empty where it came from outside. */
  readonly after: readonly string[];
  /** Milliseconds between the end of what wrote its input and its own start; absent where either is not known. */
  readonly waitedMs?: number;
  /** Which attempt it is for its input, from 1: an event may come twice, and a failed input may be run again. */
  readonly attempt: number;
  /** How many of its outputs are left out, since they have nothing to do with the subject. */
  readonly otherOutputs: number;
}

/** Everything that led to the subject, and everything that came of it. */
export interface Trace {
  readonly workflow: string;
  /** URI of the object, or id of the invocation, that was asked for. */
  readonly subject: string;
  /** Where it begins: URIs of objects that came from outside, or ids of invocations without an input. */
  readonly roots: readonly string[];
  /** In the order in which they are met from the roots on. */
  readonly objects: readonly TracedObject[];
  /** The same; those of one input in the order of their start. */
  readonly invocations: readonly TracedInvocation[];
}

/** Objects under one name each, whichever store they are called by, with what touched them. */
export interface Ledger {
  readonly objects: ReadonlyMap<string, { ref: ObjectRef; writers: Invocation[]; readers: Invocation[] }>;
  readonly invocations: ReadonlyMap<string, Invocation>;
  nameOf(uri: string): string;
}

/** Of several objects or invocations the one that all others came of, if there is one. */
export function originOf(ledger: Ledger, nodes: readonly string[]): string | undefined {
  return nodes.find((node) => {
    const after = reached(ledger, node, { objects: readersOf, invocations: outputsOf });
    return nodes.every((each) => after.has(each));
  });
}

/** The part of the invocations that has to do with an object or an invocation, by its name in the ledger. */
export function traceOf(workflow: Workflow, ledger: Ledger, subject: string): Trace {
  const kept = new Set([
    ...reached(ledger, subject, { objects: writersOf, invocations: inputOf }),
    ...reached(ledger, subject, { objects: readersOf, invocations: outputsOf }),
  ]);
  const roots = [...kept].filter((node) => isRoot(ledger, node));
  // What makes a circle begins nowhere.
  const ordered = [...reachedFrom(ledger, roots.length > 0 ? roots : [subject], kept)];
  return {
    workflow: workflow.name,
    subject: ledger.objects.get(subject)?.ref.uri ?? subject,
    roots: (roots.length > 0 ? roots : [subject]).map((node) => ledger.objects.get(node)?.ref.uri ?? node),
    objects: ordered.flatMap((node) => tracedObject(ledger, node, kept)),
    invocations: ordered.flatMap((node) => tracedInvocation(ledger, node, kept)),
  };
}

/** All that invocations touched. */
export function ledgerOf(workflow: Workflow, invocations: readonly Invocation[]): Ledger {
  const name = naming(workflow);
  const nameOf = (uri: string) => name(locationOf(uri));
  const objects = new Map<string, { ref: ObjectRef; writers: Invocation[]; readers: Invocation[] }>();
  const entry = (ref: ObjectRef) => {
    const key = nameOf(ref.uri);
    const known = objects.get(key) ?? { ref, writers: [], readers: [] };
    objects.set(key, known);
    return known;
  };
  for (const invocation of invocations) {
    for (const ref of invocation.outputs) {
      const object = entry(ref);
      // Whoever wrote it knows its size.
      object.ref = ref;
      object.writers.push(invocation);
    }
    if (invocation.input) entry(invocation.input).readers.push(invocation);
  }
  for (const { readers } of objects.values()) readers.sort(byStart);
  return { objects, nameOf, invocations: new Map(invocations.map((each) => [each.id, each])) };
}

function byStart(a: Invocation, b: Invocation): number {
  const [first, second] = [a.startedAt ?? '\uffff', b.startedAt ?? '\uffff'];
  return first < second ? -1 : Number(first > second);
}

/**
 * The objects and invocations that may be meant, by their names in the ledger: the very id, else the very URI, else those
 * that end so from a slash on, else the ids that begin so.
 */
export function subjectsOf({ objects, invocations, nameOf }: Ledger, wanted: string): readonly string[] {
  if (invocations.has(wanted)) return [wanted];
  if (wanted.includes('://')) {
    const name = nameOf(wanted);
    return objects.has(name) ? [name] : [];
  }
  const path = `/${wanted.replace(/^(\.?\/)+/, '')}`;
  const ending = [...objects].filter(([, { ref }]) => ref.uri.endsWith(path)).map(([name]) => name);
  return ending.length > 0 ? ending : [...invocations.keys()].filter((id) => id.startsWith(wanted));
}

// What is near a node: an object by its name, or an invocation by its id.

type Near = (ledger: Ledger, node: string) => readonly string[];

const writersOf: Near = ({ objects }, node) => idsOf(objects.get(node)?.writers ?? []);
const readersOf: Near = ({ objects }, node) => idsOf(objects.get(node)?.readers ?? []);
const inputOf: Near = ({ invocations, nameOf }, node) => {
  const input = invocations.get(node)?.input;
  return input ? [nameOf(input.uri)] : [];
};
const outputsOf: Near = ({ invocations, nameOf }, node) =>
  (invocations.get(node)?.outputs ?? []).map(({ uri }) => nameOf(uri));

/** Each id once: attempts for one event may share theirs. */
function idsOf(invocations: readonly Invocation[]): readonly string[] {
  return [...new Set(invocations.map(({ id }) => id))];
}

/** All that is reached from a node, with itself, each once and in the order of a walk along lines. */
function reached(
  ledger: Ledger,
  start: string,
  next: { readonly objects: Near; readonly invocations: Near },
): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...[...next.objects(ledger, node), ...next.invocations(ledger, node)].reverse());
  }
  return seen;
}

function reachedFrom(
  ledger: Ledger,
  roots: readonly string[],
  kept: ReadonlySet<string>,
): ReadonlySet<string> {
  const within =
    (near: Near): Near =>
    (of, node) =>
      near(of, node).filter((each) => kept.has(each));
  const next = { objects: within(readersOf), invocations: within(outputsOf) };
  return new Set([...roots.flatMap((root) => [...reached(ledger, root, next)]), ...kept]);
}

function isRoot(ledger: Ledger, node: string): boolean {
  return writersOf(ledger, node).length === 0 && inputOf(ledger, node).length === 0;
}

function tracedObject(ledger: Ledger, node: string, kept: ReadonlySet<string>): readonly TracedObject[] {
  const object = ledger.objects.get(node);
  if (!object) return [];
  const ids = (those: readonly Invocation[]) => idsOf(those).filter((id) => kept.has(id));
  const { uri, size } = object.ref;
  return [{ uri, size, writtenBy: ids(object.writers), triggered: ids(object.readers) }];
}

function tracedInvocation(
  ledger: Ledger,
  node: string,
  kept: ReadonlySet<string>,
): readonly TracedInvocation[] {
  const invocation = ledger.invocations.get(node);
  if (!invocation) return [];
  const input = invocation.input && ledger.objects.get(ledger.nameOf(invocation.input.uri));
  // What is handed over to a job is not tried by whoever hands it over.
  const attempts = (input?.readers ?? []).filter(
    ({ step, status }) => step === invocation.step && status !== 'delegated',
  );
  const writers = input?.writers ?? [];
  const waitedMs = waited(invocation, writers);
  const { outputs } = invocation;
  return [
    {
      ...invocation,
      ...(invocation.input && input && { input: { ...invocation.input, uri: input.ref.uri } }),
      outputs: outputs.map((each) => ledger.objects.get(ledger.nameOf(each.uri))?.ref ?? each),
      after: idsOf(writers).filter((id) => kept.has(id)),
      ...(waitedMs !== undefined && { waitedMs }),
      attempt: Math.max(1, attempts.indexOf(invocation) + 1),
      otherOutputs: outputsOf(ledger, node).filter((name) => !kept.has(name)).length,
    },
  ];
}

/** Milliseconds from the end of what wrote the input of an invocation to its start, where both are known. */
export function waitedIn(
  { objects, nameOf }: Pick<Ledger, 'objects' | 'nameOf'>,
  invocation: Invocation,
): number | undefined {
  return invocation.input && waited(invocation, objects.get(nameOf(invocation.input.uri))?.writers ?? []);
}

/** Clocks of two machines may differ: no time is less than none. */
function waited({ startedAt }: Invocation, writers: readonly Invocation[]): number | undefined {
  const ends = writers.flatMap(({ endedAt }) => (endedAt !== undefined ? [Date.parse(endedAt)] : []));
  if (startedAt === undefined) return undefined;
  const before = ends.filter((end) => end <= Date.parse(startedAt));
  if (before.length > 0) return Date.parse(startedAt) - Math.max(...before);
  return ends.length > 0 ? 0 : undefined;
}
