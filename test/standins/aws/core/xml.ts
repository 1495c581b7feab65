/** A reader of the XML that AWS speaks: elements and text, no attributes. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

interface Open {
  readonly name: string;
  text: string;
  readonly children: Element[];
}

/** Reads a document. @throws Error if it is none */
export function parseXml(source: string): Element {
  const root: Open = { name: '', text: '', children: [] };
  const stack = [root];
  const tokens = source.matchAll(/<\?.*?\?>|<!--.*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/gs);
  for (const [, closing, name, single, text] of tokens) {
    const top = stack.at(-1);
    if (!top) break;
    if (text !== undefined) top.text += unescapeXml(text);
    else if (closing) close(stack, name ?? '');
    else if (name !== undefined) open(stack, name, single === '/');
  }
  const [first] = root.children;
  if (stack.length !== 1 || !first) throw new Error('The XML is not well-formed.');
  return first;
}

function open(stack: Open[], name: string, single: boolean): void {
  const element: Open = { name: name.replace(/^.*:/, ''), text: '', children: [] };
  stack.at(-1)?.children.push(element);
  if (!single) stack.push(element);
}

function close(stack: Open[], name: string): void {
  const ended = stack.pop();
  if (ended?.name !== name.replace(/^.*:/, '')) throw new Error('The XML is not well-formed.');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

/** Children of a name. */
export function childrenOf(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The element at a path of names. */
export function at(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((here, name) => childrenOf(here, name)[0], element);
}

/** Text of the element at a path of names. */
export function textAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  return at(element, ...path)?.text.trim();
}

/** All elements of a name, however deep. */
export function findAll(element: Element | undefined, name: string): readonly Element[] {
  const here = element?.name === name ? [element] : [];
  return [...here, ...(element?.children ?? []).flatMap((child) => findAll(child, name))];
}
