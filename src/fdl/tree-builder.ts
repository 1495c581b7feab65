/** The parser's events → tree. */
import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml';
import { type Diagnostic, error, warning } from './diagnostic.ts';
import { shownKey } from './secret-name.ts';
import { placeAt, type Source } from './source.ts';
import type { Entry, MapNode, ScalarNode, TreeNode } from './tree.ts';

/** Values that aliases may add to a file: enough for any hand, too few for a bomb. */
const MAX_ALIASED_VALUES = 100_000;

/** Tags that say of a value what it looks like anyway. */
const CORE_TAG = /^(!|!!(str|int|float|bool|null|map|seq))$/;

interface Anchored {
  readonly anchorStart: number;
  readonly anchorEnd: number;
}

interface Tagged {
  readonly tagStart: number;
  readonly tagEnd: number;
}

/** Builds the tree by one pass over the parser's events; aliases share the node they name. */
export class TreeBuilder {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, TreeNode | 'open'>();
  readonly #sizes = new Map<TreeNode, number>();
  readonly #quoted: { start: number; end: number }[] = [];
  #at = 0;
  /** Values so far, counted as often as aliases repeat them. */
  #values = 0;
  #aliased = 0;

  constructor(source: Source, text: string, events: readonly Event[]) {
    this.#source = source;
    this.#text = text;
    this.#events = events;
  }

  /** Whether an offset lies in a quoted or a block scalar. */
  isQuoted(offset: number): boolean {
    let low = 0;
    let high = this.#quoted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#quoted[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset >= (this.#quoted[low]?.start ?? Number.POSITIVE_INFINITY);
  }

  /** The content of the first document; further ones are reported. */
  document(): TreeNode | undefined {
    this.#at = 1;
    const first = this.#events[1];
    if (!first || first.type === EVENT_ID.POP) return undefined;
    const root = this.#node(0);
    const next = this.#events[this.#at + 2];
    if (next && 'start' in next) {
      const hint = 'Put each workflow into a file of its own.';
      this.#say(
        warning,
        'several-documents',
        'only the first YAML document of a file is read',
        next.start,
        hint,
      );
    }
    return root;
  }

  /** `fallback` is where an empty value stands: its key. */
  #node(fallback: number): TreeNode {
    const event = this.#events[this.#at++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#scalar(event, fallback);
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      case EVENT_ID.SEQUENCE:
        return this.#collection(event, () => this.#list(event.start));
      case EVENT_ID.MAPPING:
        return this.#collection(event, () => this.#map(event.start));
      default:
        throw new Error('the parser sent an event that starts no node');
    }
  }

  #scalar(event: ScalarEvent, fallback: number): ScalarNode {
    const plain = event.style === SCALAR_STYLE.PLAIN;
    // What is quoted keeps its non-breaking spaces.
    const text = getScalarValue(plain ? this.#text : this.#source.text, event);
    const empty = event.valueStart < 0;
    const start = empty ? fallback : this.#contentStart(event);
    const end = empty ? fallback : event.valueEnd;
    if (!plain) this.#quoted.push({ start: event.valueStart, end: event.valueEnd });
    const tagged = event.tagStart >= 0;
    this.#checkTag(event);
    const node: ScalarNode = { kind: 'scalar', text, plain: plain && !tagged, start, end };
    this.#values++;
    this.#remember(event, node, 1);
    return node;
  }

  /** The quote of a quoted scalar; of a block scalar, whose offset is the start of its first line, the first character. */
  #contentStart({ style, valueStart, indent }: ScalarEvent): number {
    if (style === SCALAR_STYLE.PLAIN) return valueStart;
    const block = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    return block ? valueStart + Math.max(indent, 0) : valueStart - 1;
  }

  /** The tag is not shown: it may be the beginning of a password. */
  #checkTag({ tagStart, tagEnd }: Tagged): void {
    if (tagStart < 0 || CORE_TAG.test(this.#text.slice(tagStart, tagEnd))) return;
    const message = 'a YAML tag stands here, which has no effect';
    this.#say(warning, 'yaml-tag', message, tagStart, 'Put a value that starts with "!" into quotes.');
  }

  #collection(event: Anchored & Tagged, build: () => TreeNode): TreeNode {
    this.#checkTag(event);
    const name = this.#anchor(event);
    if (name) this.#anchors.set(name, 'open');
    const before = this.#values++;
    const node = build();
    this.#remember(event, node, this.#values - before);
    return node;
  }

  #list(start: number): TreeNode {
    const items: TreeNode[] = [];
    while (this.#events[this.#at]?.type !== EVENT_ID.POP) items.push(this.#node(start));
    this.#at++;
    return { kind: 'list', items, start, end: items.at(-1)?.end ?? start };
  }

  #map(start: number): MapNode {
    const entries = new Map<string, Entry>();
    const merged: TreeNode[] = [];
    while (this.#events[this.#at]?.type !== EVENT_ID.POP) {
      const key = this.#node(start);
      const value = this.#node(key.start);
      if (key.kind !== 'scalar') this.#say(error, 'yaml-key', 'a key must be a text', key.start);
      else if (key.text === '<<' && key.plain) merged.push(value);
      else if (!this.#isDuplicate(entries, key)) entries.set(key.text, { key, value });
    }
    this.#at++;
    for (const source of merged) this.#merge(entries, source);
    const list = [...entries.values()];
    return { kind: 'map', entries: list, start, end: list.at(-1)?.value.end ?? start };
  }

  #isDuplicate(entries: ReadonlyMap<string, Entry>, key: ScalarNode): boolean {
    const first = entries.get(key.text);
    if (!first) return false;
    const { line } = placeAt(this.#source, first.key.start);
    const hint = 'Remove one of the two, or give them different names.';
    this.#say(
      error,
      'duplicate-key',
      `the key "${shownKey(key.text)}" stands twice, first on line ${line}`,
      key.start,
      hint,
    );
    return true;
  }

  #merge(entries: Map<string, Entry>, source: TreeNode): void {
    const maps = source.kind === 'list' ? source.items : [source];
    for (const map of maps) {
      if (map.kind !== 'map')
        this.#say(error, 'yaml-merge', '"<<" needs a map, or a list of maps', map.start);
      else
        for (const entry of map.entries) if (!entries.has(entry.key.text)) entries.set(entry.key.text, entry);
    }
  }

  #alias(event: AliasEvent): TreeNode {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const node = this.#anchors.get(name);
    const nothing: ScalarNode = {
      kind: 'scalar',
      text: '',
      plain: true,
      start: event.anchorStart - 1,
      end: event.anchorEnd,
    };
    if (node === undefined || node === 'open') {
      // Its name is not shown: it may be a password that starts with an asterisk.
      const message = node ? 'this alias stands inside what it names' : 'this alias has no anchor above it';
      const hint = 'Write the value out; put a text that starts with "*" into quotes.';
      this.#say(error, 'yaml-alias', message, event.anchorStart - 1, hint);
      return nothing;
    }
    const before = this.#aliased;
    const size = this.#sizes.get(node) ?? 1;
    this.#aliased += size;
    this.#values += size;
    if (this.#aliased <= MAX_ALIASED_VALUES) return node;
    if (before <= MAX_ALIASED_VALUES) {
      const message = `the aliases of this file stand for more than ${MAX_ALIASED_VALUES} values`;
      const hint = 'Write the values out, or use fewer aliases.';
      this.#say(error, 'yaml-aliases', message, event.anchorStart - 1, hint);
    }
    return nothing;
  }

  #anchor(event: Anchored): string | undefined {
    return event.anchorStart < 0 ? undefined : this.#text.slice(event.anchorStart, event.anchorEnd);
  }

  #remember(event: Anchored, node: TreeNode, size: number): void {
    const name = this.#anchor(event);
    if (!name) return;
    this.#anchors.set(name, node);
    this.#sizes.set(node, size);
  }

  #say(make: typeof error, code: string, message: string, offset: number, hint?: string): void {
    this.diagnostics.push(make(code, message, placeAt(this.#source, offset), { hint }));
  }
}
