import { expect, it } from 'vitest';
import { type WholeLine, wholeLines } from '../src/lines.ts';

async function linesOf(chunks: readonly Buffer[], start?: number): Promise<readonly WholeLine[]> {
  const stream = async function* () {
    yield* chunks;
  };
  const lines: WholeLine[] = [];
  for await (const line of wholeLines(stream(), start)) lines.push(line);
  return lines;
}

const TEXT = 'first\n\n☃ \u2028 \u2029 \u0085 \r \v\nlast\r\nunfinished';
const LINES = [
  { text: 'first', end: 6 },
  { text: '', end: 7 },
  { text: '☃ \u2028 \u2029 \u0085 \r \v', end: 26 },
  { text: 'last\r', end: 32 },
];

it('cuts at line feeds only, and says where each line ends', async () => {
  expect(await linesOf([Buffer.from(TEXT)])).toEqual(LINES);
  expect(await linesOf([Buffer.from(TEXT)], 100)).toEqual(
    LINES.map(({ text, end }) => ({ text, end: end + 100 })),
  );
  expect(await linesOf([])).toEqual([]);
});

it('puts lines together that come in pieces, inside of characters too', async () => {
  const bytes = Buffer.from(TEXT);
  for (let size = 1; size < bytes.length; size += 1) {
    const count = Math.ceil(bytes.length / size);
    const chunks = Array.from({ length: count }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(await linesOf(chunks)).toEqual(LINES);
  }
});
