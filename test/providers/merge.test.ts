import { describe, expect, it } from 'vitest';
import { mergeByTime } from '../../src/providers/merge.ts';
import { gate } from '../deploy/made-up.ts';
import { collect } from './made-up-provider.ts';

const timeOf = (item: string) => (item === '-' ? undefined : item);

async function* stream(items: readonly string[], onEnd: () => void = () => {}): AsyncGenerator<string> {
  try {
    yield* items;
  } finally {
    onEnd();
  }
}

describe('merging streams', () => {
  it.each([
    [[[]], ''],
    [[], ''],
    [[['a', 'd'], ['b', 'c'], []], 'abcd'],
    [[['a', '-', 'z'], ['b']], 'ab-z'],
    [[['a', 'a'], ['a']], 'aaa'],
  ])('%j is %s', async (streams, expected) => {
    for (const live of [false, true]) {
      const merged = await collect(
        mergeByTime(
          streams.map((items) => stream(items)),
          timeOf,
          { live },
        ),
      );
      expect(live ? merged.toSorted() : merged).toEqual(live ? [...expected].sort() : [...expected]);
    }
  });

  it('live, a stream that is silent holds nothing back', async () => {
    const silence = gate();
    async function* later(): AsyncGenerator<string> {
      await silence.passed;
      yield 'a';
    }
    const merged = mergeByTime([later(), stream(['b', 'c'])], timeOf, { live: true });
    expect((await merged.next()).value).toBe('b');
    expect((await merged.next()).value).toBe('c');
    silence.open();
    expect((await merged.next()).value).toBe('a');
    expect((await merged.next()).done).toBe(true);
  });

  it('ends with the first failure, and ends the streams', async () => {
    const ended: string[] = [];
    async function* broken(): AsyncGenerator<string> {
      yield 'a';
      throw new Error('gone');
    }
    const merged = mergeByTime([stream(['b', 'c'], () => ended.push('other')), broken()], timeOf);
    await expect(collect(merged)).rejects.toThrow('gone');
    expect(ended).toEqual(['other']);
  });

  it('whoever has enough does not wait for a silent stream', async () => {
    async function* forever(): AsyncGenerator<string> {
      await new Promise(() => {});
      yield 'never';
    }
    for await (const item of mergeByTime([forever(), stream(['a', 'b'])], timeOf, { live: true })) {
      expect(item).toBe('a');
      break;
    }
  });
});
