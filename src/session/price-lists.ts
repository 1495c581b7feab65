/** The prices that count: those that are known here, and a file with others. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { parseTree } from '../fdl/parse.ts';
import { decodeSource, placeAt, type Source } from '../fdl/source.ts';
import { nearest } from '../fdl/suggest.ts';
import { type Entry, isNull, scalarValue, type TreeNode } from '../fdl/tree.ts';
import { type PriceBook, priceBook } from '../providers/registry.ts';
import type { PriceList } from '../workflow/prices.ts';

/** Where prices are looked for besides the ones that are known here. */
export interface GivenPrices {
  /** A file of YAML or JSON; by default the one that `FDL_PRICES` names, if it does. */
  readonly prices?: string | undefined;
}

/** What it takes to read such a file. */
interface Reading {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/**
 * All lists, those of the file last, since they count before the others.
 * @throws FdlError `prices-file-not-found`, `prices-file-unreadable`, `prices-file-invalid`
 */
export async function priceLists(
  { prices }: GivenPrices,
  { environment, workingDirectory }: Reading,
): Promise<PriceBook> {
  const book = await priceBook();
  const file = prices ?? (environment['FDL_PRICES'] || undefined);
  if (file === undefined) return book;
  const source = decodeSource(file, await bytesOf(file, workingDirectory));
  return { ...book, lists: [...book.lists, ...listsIn(source, book)] };
}

async function bytesOf(file: string, workingDirectory: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(workingDirectory, file));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) {
      const hint = 'Check the path after --prices, or the variable FDL_PRICES.';
      throw new FdlError('prices-file-not-found', `there is no file ${file}`, { hint, exitCode: 2, cause });
    }
    const message = `${file} cannot be read: ${messageOf(cause)}`;
    throw new FdlError('prices-file-unreadable', message, { exitCode: 2, cause });
  }
}

/** A list of price lists, or one alone. */
function listsIn(source: Source, book: PriceBook): readonly PriceList[] {
  const { root, diagnostics } = parseTree(source);
  const broken = diagnostics.find(({ severity }) => severity === 'error');
  if (broken) {
    const { message, place, hint } = broken;
    throw new FdlError('prices-file-invalid', message, { place, hint, exitCode: 2 });
  }
  if (!root || isNull(root)) {
    const place = { file: source.file, line: 1, column: 1 };
    throw new FdlError('prices-file-invalid', `${source.file} has no prices`, {
      place,
      hint: FORM,
      exitCode: 2,
    });
  }
  const lists = root.kind === 'list' ? root.items : [root];
  return lists.map((list) => new ListReader(source, book).list(list));
}

const FORM =
  'Write "prices:" with a line for each, such as lambda.request: 0.0000002; fdl prices shows all names.';

class ListReader {
  readonly #source: Source;
  readonly #book: PriceBook;

  constructor(source: Source, book: PriceBook) {
    this.#source = source;
    this.#book = book;
  }

  list(node: TreeNode): PriceList {
    const fields = this.#fields(node, ['source', 'date', 'regions', 'prices'], 'a price list');
    const { source, date, regions, prices } = fields;
    if (!prices) throw this.#wrong(node, 'a price list needs "prices"', FORM);
    return {
      source: source ? this.#text(source) : this.#source.file,
      ...(date && { date: this.#date(date) }),
      ...(regions && { regions: this.#items(regions).map((each) => this.#text(each)) }),
      prices: Object.fromEntries(this.#entries(prices, 'prices').map((entry) => this.#price(entry))),
    };
  }

  #price({ key, value }: Entry): readonly [string, PriceList['prices'][string]] {
    const { unitOf, items } = this.#book;
    if (unitOf(key.text) === undefined) {
      const meant = nearest(key.text, items);
      const hint = meant
        ? `Did you mean ${meant}?`
        : 'fdl prices shows all names; an hour of a machine is ec2.TYPE.';
      throw this.#wrong(key, `nothing is charged for that is called ${key.text}`, hint);
    }
    if (value.kind !== 'list') return [key.text, this.#amount(value, `the price of ${key.text}`)];
    return [key.text, this.#items(value).map((tier) => this.#tier(tier, key.text))];
  }

  #tier(node: TreeNode, item: string) {
    const { up_to: most, price } = this.#fields(node, ['up_to', 'price'], `a tier of ${item}`);
    if (!price)
      throw this.#wrong(node, `a tier of ${item} needs "price"`, 'Write {up_to: AMOUNT, price: PRICE}.');
    return {
      price: this.#amount(price, `the price of ${item}`),
      ...(most && { up_to: this.#amount(most, '"up_to"') }),
    };
  }

  /** The values of a map that may have these keys and no others. */
  #fields<Name extends string>(
    node: TreeNode,
    names: readonly Name[],
    what: string,
  ): Partial<Record<Name, TreeNode>> {
    const entries = this.#entries(node, what).map(({ key, value }) => {
      if (names.some((name) => name === key.text)) return [key.text, value] as const;
      const hint = `It has ${names.join(', ')}.`;
      throw this.#wrong(key, `${what} has no "${key.text}"`, hint);
    });
    return Object.fromEntries(entries) as Partial<Record<Name, TreeNode>>;
  }

  #entries(node: TreeNode, what: string): readonly Entry[] {
    if (node.kind === 'map') return node.entries;
    throw this.#wrong(node, `${what} must be a map`, FORM);
  }

  #items(node: TreeNode): readonly TreeNode[] {
    return node.kind === 'list' ? node.items : [node];
  }

  #text(node: TreeNode): string {
    if (node.kind === 'scalar' && !isNull(node)) return node.text;
    throw this.#wrong(node, 'a text stands here', 'Write a text.');
  }

  #date(node: TreeNode): string {
    const text = this.#text(node);
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    throw this.#wrong(node, `"${text}" is no day`, 'Write it as 2026-08-31.');
  }

  #amount(node: TreeNode, what: string): number {
    const value = node.kind === 'scalar' ? scalarValue(node) : undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    const said = node.kind === 'scalar' ? `"${node.text}"` : `a ${node.kind}`;
    throw this.#wrong(
      node,
      `${what} is ${said}, not a number from 0 on`,
      'Write US dollars for one unit: 0.0000002.',
    );
  }

  #wrong({ start }: TreeNode, message: string, hint: string): FdlError {
    const place = placeAt(this.#source, start);
    return new FdlError('prices-file-invalid', message, { place, hint, exitCode: 2 });
  }
}
