import { describe } from 'vitest';
import { onAws } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

const entries = (key: string, paths: readonly string[], store: string) =>
  `${key}: [${paths.map((path) => `{storage_provider: ${store}, path: ${path}}`)}]`;

/** A workflow of functions or services, each on one line from line 3 on: name, what it reads, what it writes. */
const flow = (
  provider: 'aws' | 'oscar',
  ...steps: readonly (readonly [string, readonly string[], readonly string[]])[]
) => {
  const store = provider === 'aws' ? 's3' : 'minio';
  const lines = steps.map(([name, reads, writes]) => {
    const folders = `${entries('input', reads, store)}, ${entries('output', writes, store)}`;
    return provider === 'aws'
      ? `  - lambda: {${folders}, name: ${name}, init_script: run.sh, container: {image: busybox}}\n`
      : `  - one: {${folders}, name: ${name}, script: run.sh, image: busybox}\n`;
  });
  return `functions:\n  ${provider}:\n${lines.join('')}`;
};

describe('steps that never end', () => {
  finds('self-trigger', 'any', [
    [
      'an output in the input',
      flow('oscar', ['a', ['bkt/in'], ['bkt/in']]),
      ['3 bkt/in}], name'],
      'such as bkt/output',
    ],
    [
      'a job, whose loop AWS does not see',
      onAws(
        'execution_mode: batch\ninput: [{storage_provider: s3, path: bkt/in}]\noutput: [{storage_provider: s3, path: bkt/in/out}]',
        'batch: {vcpus: 1}',
      ),
      ['10 bkt/in/out'],
      'such as bkt/output',
    ],
    [
      'not an output of names that the input does not take',
      flow('aws', ['a', ['bkt/in, suffix: .wav'], ['bkt/in, suffix: .srt']]),
      [],
    ],
    ['an output below the input', flow('oscar', ['a', ['bkt/in'], ['bkt/in/out']]), ['3 bkt/in/out']],
    [
      'an input that is a whole bucket',
      flow('aws', ['a', ['bkt'], ['bkt/out']]),
      ['3 bkt/out'],
      'a folder of the bucket',
    ],
    ['an output beside the input', flow('oscar', ['a', ['bkt/in'], ['bkt/in2']]), []],
    ['an output above the input', flow('oscar', ['a', ['bkt/in/x'], ['bkt/in']]), []],
  ]);

  finds('cycle', 'any', [
    [
      'of two',
      flow('oscar', ['a', ['bkt/1'], ['bkt/2']], ['b', ['bkt/2'], ['bkt/1']]),
      ['3 bkt/2}], name'],
      'a → b → a',
    ],
    [
      'of three, entered in the middle',
      flow(
        'oscar',
        ['x', ['bkt/0'], ['bkt/2']],
        ['a', ['bkt/1'], ['bkt/2']],
        ['b', ['bkt/2'], ['bkt/3']],
        ['c', ['bkt/3'], ['bkt/1']],
      ),
      ['5 bkt/3'],
      'b → c → a → b',
    ],
    [
      'two of them',
      flow(
        'oscar',
        ['a', ['bkt/1'], ['bkt/2']],
        ['b', ['bkt/2'], ['bkt/1']],
        ['c', ['bkt/3'], ['bkt/4']],
        ['d', ['bkt/4'], ['bkt/3']],
      ),
      ['3 bkt/2', '5 bkt/4'],
    ],
    ['a step by itself is none', flow('oscar', ['a', ['bkt/1'], ['bkt/1']]), []],
    [
      'two ways to one step are none',
      flow(
        'oscar',
        ['a', ['bkt/1'], ['bkt/2', 'bkt/3']],
        ['b', ['bkt/2'], ['bkt/4']],
        ['c', ['bkt/3', 'bkt/4'], []],
      ),
      [],
    ],
  ]);
});

describe('inputs of one bucket', () => {
  finds('overlapping-inputs', 'cloud', [
    [
      'one folder for two steps',
      flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt/in'], []]),
      ['4 bkt/in'],
      'overlaps with the input of "a", bkt/in',
    ],
    [
      'a folder below that of another step',
      flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt/in/x'], []]),
      ['4 bkt/in/x'],
    ],
    [
      'a folder above that of another step',
      flow('aws', ['a', ['bkt/in/x/y'], []], ['b', ['bkt/in'], []]),
      ['4 bkt/in}'],
      'bkt/in/x/y',
    ],
    ['a whole bucket', flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt'], []]), ['4 bkt}']],
    [
      'two of one step',
      flow('aws', ['a', ['bkt/in', 'bkt/in'], []]),
      ['3 bkt/in}], output'],
      'another input of the same step',
    ],
    [
      'the third, with the first',
      flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt/other'], []], ['c', ['bkt/in/z'], []]),
      ['5 bkt/in/z'],
      '"a"',
    ],
    [
      'one folder for names that may be the same',
      flow('aws', ['a', ['bkt/in, suffix: .gz'], []], ['b', ['bkt/in, suffix: [.txt, .tar.gz]'], []]),
      ['4 bkt/in'],
    ],
    [
      'one folder for other names',
      flow('aws', ['a', ['bkt/in, suffix: .csv'], []], ['b', ['bkt/in, suffix: .txt'], []]),
      [],
    ],
    ['folders beside each other', flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt/in2'], []]), []],
    ['folders of two buckets', flow('aws', ['a', ['bkt/in'], []], ['b', ['bkt2/in'], []]), []],
    ['services, since MinIO notifies both', flow('oscar', ['a', ['bkt/in'], []], ['b', ['bkt/in'], []]), []],
  ]);
});

describe('steps that nothing starts', () => {
  finds('unfed-step', undefined, [
    [
      'an input that nobody writes to',
      flow('oscar', ['a', ['bkt/1'], ['bkt/2']], ['b', ['bkt/typo'], []]),
      ['4 bkt/typo'],
      'no step writes to bkt/typo',
    ],
    [
      'no input at all',
      flow('oscar', ['a', ['bkt/1'], ['bkt/2']], ['b', [], []]),
      ['4:5'],
      'it starts only when it is called',
    ],
    [
      'two ways in: the first is where files are put',
      flow('oscar', ['a', ['bkt/1'], ['bkt/3']], ['b', ['bkt/2'], ['bkt/3']], ['c', ['bkt/3'], []]),
      ['4 bkt/2'],
    ],
    ['a chain', flow('oscar', ['a', ['bkt/1'], ['bkt/2']], ['b', ['bkt/2'], []]), []],
    ['a step alone', flow('oscar', ['a', [], []]), []],
    [
      'a service that answers requests',
      flow('oscar', ['a', ['bkt/1'], []]).concat(
        '  - one: {name: b, script: run.sh, image: busybox, expose: {api_port: 80}}\n',
      ),
      [],
    ],
  ]);
});
