/**
 * Forms that real files have and the language does not: moved, misspelt or out of use, but with a clear meaning.
 * Each rule takes the tree and gives it back in the form of the language, with a finding that says so.
 */
import { type Diagnostic, error, warning } from './diagnostic.ts';
import type { Quirk, Straightened, Writing } from './language.ts';
import { shownKey } from './secret-name.ts';
import { placeAt, type Source } from './source.ts';
import { childOf, type Entry, entryOf, isNull, type MapNode, replaceEntry, type TreeNode } from './tree.ts';

interface Rewritten {
  readonly root: TreeNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** Applies all rules in turn; stops at a file that cannot be read as FDL at all. */
export function straighten(root: TreeNode, source: Source, dialects: readonly Writing[]): Rewritten {
  if (root.kind !== 'map') return { root, diagnostics: [notFdl(root, source, dialects)] };
  const legacy = legacyForm(root, source, dialects);
  if (legacy) return { root, diagnostics: [legacy] };
  const refusals = dialects.flatMap(({ refusals }) => refusals?.(root, source) ?? []);
  if (refusals.length > 0) return { root, diagnostics: refusals };
  return quirksOf(dialects).reduce<Straightened>(
    (soFar, rule) => {
      const { root: next, diagnostics } = rule(soFar.root, source);
      return { root: next, diagnostics: [...soFar.diagnostics, ...diagnostics] };
    },
    { root, diagnostics: [] },
  );
}

/** What a file should have. */
function migrateHint(dialects: readonly Writing[]): string {
  const lists = dialects.map(({ name, entryForm }) => `"functions.${name}" (${entryForm})`);
  return `Write a list below ${lists.join(' or ')}.`;
}

function notFdl(root: TreeNode, source: Source, dialects: readonly Writing[]): Diagnostic {
  const message = 'the file is not FDL: it has no "functions"';
  return error('not-fdl', message, placeAt(source, root.start), { hint: migrateHint(dialects) });
}

/** Files without functions by provider: of other tools, or of SCAR before 2019. */
function legacyForm(root: MapNode, source: Source, dialects: readonly Writing[]): Diagnostic | undefined {
  const functions = entryOf(root, 'functions');
  if (!functions) return notFdl(root, source, dialects);
  const at = placeAt(source, functions.key.start);
  if (functions.value.kind === 'list') {
    const message = '"functions" is a list; this form of FDL is out of use since 2019';
    return error('legacy-functions', message, at, { hint: migrateHint(dialects) });
  }
  if (functions.value.kind !== 'map') return undefined;
  const { entries } = functions.value;
  const names = new Set(dialects.map(({ name }) => name));
  if (entries.some(({ key }) => names.has(key.text.trim().toLowerCase()))) return undefined;
  const first = entries.find(({ value, key }) => value.kind === 'map' && key.text !== 'storage_providers');
  if (!first) return undefined;
  const message = `"functions.${first.key.text}" is a function by its name; this form of FDL is out of use since 2019`;
  const { text } = first.key;
  const [better] = dialects.flatMap(({ name, legacyEntry }) =>
    legacyEntry ? [`Move it to a list item of "functions.${name}": "${legacyEntry(text)}".`] : [],
  );
  const hint = better ?? migrateHint(dialects);
  return error('legacy-functions', message, placeAt(source, first.key.start), { hint });
}

/** `timeout_threshold": 10`: a quote that was left over becomes part of the key. */
const strayQuotes: Quirk = (root, source) => {
  const diagnostics: Diagnostic[] = [];
  const visit = (node: TreeNode): TreeNode => {
    if (node.kind === 'scalar') return node;
    if (node.kind === 'list') return { ...node, items: node.items.map(visit) };
    const names = new Set(node.entries.map(({ key }) => key.text));
    return { ...node, entries: node.entries.map((entry) => visitEntry(entry, names)) };
  };
  const visitEntry = ({ key, value }: Entry, names: ReadonlySet<string>): Entry => {
    const text = key.text.replace(/^["']|["']$/g, '');
    if (!key.plain || text === key.text || names.has(text)) return { key, value: visit(value) };
    const message = `the key ${shownKey(key.text)} has a quote too many; it is read as "${shownKey(text)}"`;
    diagnostics.push(
      warning('stray-quote', message, placeAt(source, key.start), { hint: `Write ${shownKey(text)}:` }),
    );
    return { key: { ...key, text }, value: visit(value) };
  };
  // Walking the whole tree costs as much as everything else here, and hardly any file has the quirk.
  if (!/[\w]["']\s*:/.test(source.text)) return { root, diagnostics };
  return { root: visit(root) as MapNode, diagnostics };
};

/** `storage_providers` below `functions`, or inside a service: belongs to the top of the file. */
const misplacedStores =
  (dialects: readonly Writing[]): Quirk =>
  (root, source) => {
    const diagnostics: Diagnostic[] = [];
    const functions = childOf(root, 'functions');
    const below = entryOf(functions, 'storage_providers');
    const sections = dialects.flatMap((dialect) => dialect.sections?.(functions) ?? []);
    const inside = sections.flatMap((section) => entryOf(section, 'storage_providers') ?? []);
    const misplaced = below ? [below, ...inside] : inside;
    const merged = misplaced.reduce((target, entry) => {
      const where = entry === below ? 'below "functions"' : 'inside a service';
      const message = `"storage_providers" stands ${where}; it is read as if it stood at the top of the file`;
      const hint = 'Move it to the left margin.';
      diagnostics.push(warning('misplaced-storage', message, placeAt(source, entry.key.start), { hint }));
      return mergeEntry(target, entry, source, diagnostics);
    }, root);
    return { root: below ? withoutBelow(merged) : merged, diagnostics };
  };

function withoutBelow(root: MapNode): MapNode {
  const functions = childOf(root, 'functions');
  if (functions?.kind !== 'map') return root;
  const entries = functions.entries.filter(({ key }) => key.text !== 'storage_providers');
  return replaceEntry(root, 'functions', { ...functions, entries });
}

/** Adds an entry to a map, maps within maps; two different values for one thing are an error. */
function mergeEntry(target: MapNode, entry: Entry, source: Source, diagnostics: Diagnostic[]): MapNode {
  const present = entryOf(target, entry.key.text);
  if (!present || isNull(present.value)) {
    const others = target.entries.filter((other) => other !== present);
    return { ...target, entries: [...others, entry] };
  }
  if (present.value.kind === 'map' && entry.value.kind === 'map') {
    const merged = entry.value.entries.reduce(
      (map, inner) => mergeEntry(map, inner, source, diagnostics),
      present.value,
    );
    return replaceEntry(target, entry.key.text, merged);
  }
  if (same(present.value, entry.value)) return target;
  const message = `"${entry.key.text}" is defined twice, with different values`;
  const hint = 'Give each storage provider an id of its own.';
  diagnostics.push(error('storage-conflict', message, placeAt(source, entry.key.start), { hint }));
  return target;
}

function same(a: TreeNode, b: TreeNode): boolean {
  return a.kind === 'scalar' && b.kind === 'scalar' && a.text === b.text;
}

/** `storage_providers: {s3: [{name: …}]}`: a form from before the language had ids; nothing reads it. */
const listedStores: Quirk = (root, source) => {
  const providers = childOf(root, 'storage_providers');
  if (providers?.kind !== 'map') return { root, diagnostics: [] };
  const listed = providers.entries.filter(({ value }) => value.kind === 'list');
  if (listed.length === 0) return { root, diagnostics: [] };
  const diagnostics = listed.map(({ key }) => {
    const message = `"storage_providers.${key.text}" is a list; this form is out of use and has no effect`;
    const hint = `Write a map: ${key.text}: {my-id: {access_key: …, secret_key: …}}.`;
    return warning('legacy-storage', message, placeAt(source, key.start), { hint });
  });
  const entries = providers.entries.filter((entry) => !listed.includes(entry));
  return { root: replaceEntry(root, 'storage_providers', { ...providers, entries }), diagnostics };
};

function quirksOf(dialects: readonly Writing[]): readonly Quirk[] {
  const own = dialects.flatMap(({ quirks }) => quirks ?? []);
  return [strayQuotes, ...own, misplacedStores(dialects), listedStores];
}
