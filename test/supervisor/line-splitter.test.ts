import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../src/supervisor/line-splitter.ts';

const LONGEST_LINE = 64 * 1024;

function linesOf(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

describe('lineSplitter', () => {
  it.each([
    [[''], []],
    [['a\nb\n'], ['a', 'b']],
    [['a\nb'], ['a', 'b']],
    [['\n\n'], ['', '']],
    [
      ['a', 'b', '\n', 'c'],
      ['ab', 'c'],
    ],
    [
      ['a\r\nb\r', '\nc\r'],
      ['a', 'b', 'c'],
    ],
    [['50%\r60%\r\n'], ['50%\r60%']],
  ])('%j gives %j', (chunks, lines) => {
    expect(linesOf(...chunks)).toEqual(lines);
  });

  it('puts characters together that arrive in pieces', () => {
    const bytes = Buffer.from('ü😀\n');
    expect(linesOf(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(['ü😀']);
  });

  it('replaces what is no UTF-8', () => {
    expect(linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xc3]))).toEqual(['a\ufffdb', '\ufffd']);
  });

  it('cuts long lines into pieces, between characters, and loses nothing', () => {
    const long = `x${'ü'.repeat(LONGEST_LINE)}`;
    const pieces = linesOf(...cut(Buffer.from(`${long}\nnext`), 10_000));
    expect(pieces.at(-1)).toBe('next');
    expect(pieces.slice(0, -1).join('')).toBe(long);
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(LONGEST_LINE);
    expect(pieces).toHaveLength(4);
  });

  it('does not cut a line of just the longest size', () => {
    const line = 'x'.repeat(LONGEST_LINE);
    expect(linesOf(`${line}\n${line}`)).toEqual([line, line]);
  });

  it('holds a line that never ends in bounded pieces', () => {
    const pieces = linesOf(Buffer.alloc(10 * LONGEST_LINE, 0x80));
    expect(pieces).toHaveLength(10);
  });
});

function cut(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
