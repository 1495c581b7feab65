import { describe, expect, test } from 'vitest';
import { loadDocument } from '../../src/fdl/document.ts';
import { makeSource, placeAt } from '../../src/fdl/source.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { brief, onAws, onOscar, readText } from './read-text.ts';

/** Where each finding stands: `code line:column`. */
async function found(text: string | Uint8Array): Promise<readonly string[]> {
  const { diagnostics } = await readText(text, { environment: { WORD: 'lots' } });
  return diagnostics.map((each) => brief(each).split(' ').slice(0, 2).join(' '));
}

describe('the place of a finding', () => {
  test.each<[string, string | Uint8Array, readonly string[]]>([
    ['is the value', onAws('memory: lots'), ['wrong-type 8:15']],
    [
      'is the quote of a quoted value',
      onAws('memory: "lots"\ntimeout: \'x\''),
      ['wrong-type 8:15', 'wrong-type 9:16'],
    ],
    ['is the quote of a value of several lines', onAws('memory: "lots\n  of it"'), ['wrong-type 8:15']],
    ['is the first character of a block', onAws('memory: |\n    lots\n  of it'), ['yaml-syntax 10:9']],
    ['is the content of a literal block', onAws('memory: |-\n  lots\n  of it'), ['wrong-type 9:9']],
    ['is the content of a folded block', onAws('memory: >\n  lots\n  of it'), ['wrong-type 9:9']],
    [
      'is the content of a block with an indentation of its own',
      onAws('memory: |2\n    lots'),
      ['wrong-type 9:9'],
    ],
    ['is the key of a section', onAws('batch: {}\nfoo:\n  bar: 1'), ['unknown-key 8:7', 'unknown-key 9:7']],
    ['is the key of an empty value', onAws('input:\n- storage_provider: s3\n  path:'), ['no-path 10:9']],
    [
      'is the value of an item in a flow list',
      onOscar('expose: {api_port: [80, http]}'),
      ['wrong-type 7:31'],
    ],
    [
      'is the value of an item in a list',
      onOscar('expose:\n  api_port:\n  - 80\n  - http'),
      ['wrong-type 10:11'],
    ],
    ['is the key in a flow map', onAws('vpc: {SubnetIds: [], "Subnets": []}'), ['unknown-key 8:28']],
    [
      'is the item that lacks a key',
      onAws('input:\n- storage_provider: s3\n- path: bucket/in'),
      ['missing-key 9:9'],
    ],
    ['is the anchored value of an alias', onAws('description: &m lots\nmemory: *m'), ['wrong-type 8:23']],
    ['is the value behind a tag', onAws('memory: !!str lots'), ['wrong-type 8:21']],
    ['is the value in the environment’s stead', onAws('memory: ${env:WORD}'), ['wrong-type 8:15']],
    ['counts behind tabs', onAws('memory:\tlots'), ['wrong-type 8:15']],
    [
      'counts wide characters as one, and those beyond as editors do',
      onAws('description: "日😀" # é\nmemory: lots'),
      ['wrong-type 9:15'],
    ],
    ['counts from the first character behind a byte order mark', '\ufefffunctions: 5', ['wrong-type 1:12']],
    ['counts lines that end in CR LF', onAws('memory: lots').replaceAll('\n', '\r\n'), ['wrong-type 8:15']],
    ['counts lines that end in CR', onAws('memory: lots').replaceAll('\n', '\r'), ['wrong-type 8:15']],
    [
      'counts characters of UTF-16',
      Buffer.from(`\ufeff${onAws('memory: lots')}`, 'utf16le'),
      ['wrong-type 8:15'],
    ],
    [
      'counts non-breaking spaces as characters',
      onAws('memory:\u00a0lots'),
      ['non-breaking-space 8:14', 'wrong-type 8:15'],
    ],
    ['is the last line of a text that breaks off', 'functions: {aws: [', ['yaml-syntax 1:18']],
    [
      'is behind empty items',
      onAws('input:\n-\n- storage_provider: dropbox\n  path: bucket/in'),
      ['no-path 9:7', 'unknown-store 10:27'],
    ],
  ])('%s', async (_, text, places) => {
    expect(await found(text)).toEqual(places);
  });

  test('is in the order of the file, and equal findings are one', async () => {
    const text = onAws('zzz: 1\nmemory: lots\naaa: 1');
    expect(await found(text)).toEqual(['unknown-key 8:7', 'wrong-type 9:15', 'unknown-key 10:7']);
  });
});

describe('the place of a part of the file', () => {
  const text = onAws('input:\n- storage_provider: s3\n  path: bucket/in');
  const { document } = loadDocument('demo.yaml', new TextEncoder().encode(text), {}, LANGUAGE);
  const place = (...path: (string | number)[]) => {
    const { line, column } = document?.place(path) ?? { line: 0, column: 0 };
    return `${line}:${column}`;
  };

  test('is its value, or its key where it is a section', () => {
    expect(place('functions', 'aws', 0, 'lambda', 'input', 0, 'path')).toBe('10:15');
    expect(place('functions', 'aws', 0, 'lambda', 'input')).toBe('8:7');
  });

  test('is the nearest section where it does not exist', () => {
    expect(place('functions', 'aws', 0, 'batch', 'memory')).toBe('3:5');
    expect(place('clusters', 'a')).toBe('1:1');
  });
});

test('every offset has a line and a column', () => {
  const source = makeSource('x', 'ab\r\nc\rd\n\ne');
  const places = [...source.text]
    .map((_, at) => placeAt(source, at))
    .map(({ line, column }) => `${line}:${column}`);
  expect(places).toEqual(['1:1', '1:2', '1:3', '1:4', '2:1', '2:2', '3:1', '3:2', '4:1', '5:1']);
});
