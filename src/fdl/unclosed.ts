/**
 * Finds the quote or bracket that was never closed. The parser notices it far below, where something does not fit any more.
 * This reads text only as far as quotes, brackets, comments and block scalars go, which must be told from each other.
 */

/** A quote or bracket that opens. */
export interface Opening {
  readonly offset: number;
  readonly char: string;
  /** Of a quote that is closed somewhere: the offset behind its end. */
  readonly end?: number;
}

/**
 * What is open at `offset`, where the parser stopped: the quote around it, a quote of several lines that ends right before
 * it (it was meant to end earlier), or the innermost bracket, if its own bracket does not follow.
 */
export function unclosedAt(text: string, offset: number): Opening | undefined {
  const scan = new Scan(text);
  let last: Opening | undefined;
  while (scan.at < offset) last = scan.step() ?? last;
  const end = last && (last.end ?? text.length);
  if (end !== undefined && (end > offset || last?.end === undefined)) return last;
  const isJustBehind = end !== undefined && text.slice(end, offset).trim() === '';
  const late = isJustBehind ? severalLines(text, last) : undefined;
  if (late) return late;
  const bracket = scan.open.at(-1);
  return bracket && !scan.closes(bracket, offset) ? bracket : undefined;
}

function severalLines(text: string, quote: Opening | undefined): Opening | undefined {
  return quote && /[\r\n]/.test(text.slice(quote.offset, quote.end)) ? quote : undefined;
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** What follows the quote that opens. */
const DOUBLE = /[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const SINGLE = /[^']*(?:''[^']*)*'(?!')/y;
/** `|` or `>` with indicators, up to the end of its line. */
const BLOCK_HEADER = /[|>][-+\d]*[ \t]*(?:#.*)?(?=\r|\n|$)/y;
/** An anchor or a tag before a value. */
const PROPERTY = /[&!][^\s,[\]{}]*/y;

/** Reads a text from its start, one word, quote or bracket after the other. */
class Scan {
  at = 0;
  /** Brackets that are open at `at`, from the outermost on. */
  readonly open: Opening[] = [];
  /** A value may start here: inside of plain text, quotes and brackets are letters like others. */
  private fresh = true;
  /** The column in which the innermost key or item of the line starts. */
  private indent = 0;
  private lineStart = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads one thing. Answers the quote that it was. */
  step(): Opening | undefined {
    const { text, at, open } = this;
    const char = text[at] ?? '';
    if (char === '\n' || char === '\r') this.newLine();
    else if (char === ' ' || char === '\t') this.at += 1;
    else if (char === '#' && /\s|^$/.test(text[at - 1] ?? '')) this.at = this.endOfLine(at);
    else if (this.fresh && (char === '"' || char === "'")) return this.quote(char);
    else if (this.fresh && char in CLOSING) this.mark({ offset: at, char });
    else if (open.length > 0 && char === CLOSING[open.at(-1)?.char ?? '']) this.close();
    else if (this.fresh && open.length === 0 && this.skips(BLOCK_HEADER)) this.skipBlock();
    else if (this.fresh && this.skips(PROPERTY)) return undefined;
    else this.plain(char);
    return undefined;
  }

  /** Whether the bracket's own one follows, whatever stands between them. */
  closes({ char }: Opening, from: number): boolean {
    const depth = this.open.length;
    if (/[\]}]/.test(this.text[from] ?? '')) return this.text[from] === CLOSING[char];
    // A line that is indented less is none of the bracket's.
    while (this.at < this.text.length && this.open.length >= depth) {
      this.step();
      const isNext = this.fresh && this.at === this.lineStart && /\S/.test(this.text[this.at] ?? '');
      if (isNext && this.text[this.at] !== CLOSING[char]) return false;
    }
    return this.open.length < depth;
  }

  private newLine(): void {
    this.at += 1;
    this.lineStart = this.at;
    this.indent = 0;
    this.fresh = true;
  }

  private endOfLine(from: number): number {
    const found = /[\r\n]/g;
    found.lastIndex = from;
    return found.exec(this.text)?.index ?? this.text.length;
  }

  private quote(char: string): Opening {
    const offset = this.at;
    this.startsAt(offset);
    this.at += 1;
    this.fresh = false;
    if (this.skips(char === '"' ? DOUBLE : SINGLE)) return { offset, char, end: this.at };
    this.at = this.text.length;
    return { offset, char };
  }

  private mark(opening: Opening): void {
    this.open.push(opening);
    this.at += 1;
  }

  private close(): void {
    this.open.pop();
    this.at += 1;
    this.fresh = false;
  }

  private skips(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  /** A value may follow what ends a key or an item. */
  private plain(char: string): void {
    const { text, at, open } = this;
    const isSpaced = /[\s,[\]{}]|^$/.test(text[at + 1] ?? '');
    const isInFlow = open.length > 0;
    const isItem = (char === '-' || char === '?') && this.fresh && isSpaced;
    const isColon = char === ':' && (isSpaced || (isInFlow && /["'\]}]/.test(text[at - 1] ?? '')));
    if (this.fresh) this.startsAt(at);
    this.fresh = isItem || isColon || (char === ',' && isInFlow);
    this.at += 1;
  }

  private startsAt(offset: number): void {
    if (this.open.length === 0) this.indent = offset - this.lineStart;
  }

  /** Leaves out the lines of a block scalar: empty ones, and those that are indented more than what it belongs to. */
  private skipBlock(): void {
    const { indent } = this;
    while (this.at < this.text.length) {
      this.newLine();
      const end = this.endOfLine(this.at);
      const line = this.text.slice(this.at, end);
      if (line.trim() !== '' && line.search(/\S/) <= indent) return;
      this.at = end;
    }
  }
}
