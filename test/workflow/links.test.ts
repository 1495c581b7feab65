import { describe, expect, test } from 'vitest';
import { entrySteps, finalOutputs, stepOrder } from '../../src/workflow/links.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { readText } from '../fdl/read-text.ts';

const entries = (key: string, uris: readonly string[]) =>
  `${key}: [${uris.map((uri) => uri.split('://')).map(([store, path]) => `{storage_provider: ${store}, path: "${path}"}`)}]`;

/** A service on `cluster`, with inputs and outputs as `store://path`. */
const service = (name: string, reads: readonly string[], writes: readonly string[], cluster = 'one') =>
  `  - ${cluster}: {name: ${name}, image: busybox, script: run.sh, ${entries('input', reads)}, ${entries('output', writes)}}\n`;

const lambda = (name: string, reads: readonly string[], writes: readonly string[]) =>
  `  - lambda: {name: ${name}, init_script: run.sh, container: {image: busybox}, ${entries('input', reads)}, ${entries('output', writes)}}\n`;

async function workflowOf(parts: {
  aws?: readonly string[];
  oscar?: readonly string[];
  top?: string;
}): Promise<Workflow> {
  const list = (key: string, items: readonly string[] = []) =>
    items.length > 0 ? `  ${key}:\n${items.join('')}` : '';
  const text = `functions:\n${list('aws', parts.aws)}${list('oscar', parts.oscar)}${parts.top ?? ''}`;
  const { workflow, diagnostics } = await readText(text);
  if (!workflow) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

const shown = ({ links }: Workflow) =>
  links.map(({ from, to, output, input }) => `${from}.${output} → ${to}.${input}`);

describe('an output is linked to an input', () => {
  test.each<[string, string, string, boolean]>([
    ['in the same folder', 'minio://bkt/a', 'minio://bkt/a', true],
    ['that is a folder above it', 'minio://bkt/a/b/c', 'minio://bkt/a', true],
    [
      'not where the input is one word, which is a folder of its own bucket',
      'minio://bkt/a',
      'minio://bkt/',
      false,
    ],
    ['not where the input is a folder below it', 'minio://bkt/a', 'minio://bkt/a/b', false],
    ['not where names only start alike', 'minio://bkt/abc', 'minio://bkt/ab', false],
    ['not in another bucket', 'minio://bkt/a', 'minio://other/a', false],
    ['not in another store', 's3://bkt/a', 'minio://bkt/a', false],
    ['whatever slashes surround the path', 'minio:///bkt//a/', 'minio://bkt/a', true],
  ])('%s', async (_, written, read, linked) => {
    const workflow = await workflowOf({ oscar: [service('a', [], [written]), service('b', [read], [])] });
    expect(shown(workflow)).toEqual(linked ? ['a.0 → b.0'] : []);
  });

  test('that is a whole bucket, on AWS', async () => {
    const workflow = await workflowOf({
      aws: [lambda('a', [], ['s3://bkt/x']), lambda('b', ['s3://bkt'], [])],
    });
    expect(shown(workflow)).toEqual(['a.0 → b.0']);
  });

  test('of each step that listens there, in the order of the file', async () => {
    const workflow = await workflowOf({
      oscar: [
        service('c', ['minio://bkt/x/y'], []),
        service('a', [], ['minio://bkt/other', 'minio://bkt/x/y']),
        service('b', ['minio://bkt/no', 'minio://bkt/x'], []),
      ],
    });
    expect(shown(workflow)).toEqual(['a.1 → c.0', 'a.1 → b.1']);
  });

  test('of the step itself', async () => {
    const workflow = await workflowOf({ oscar: [service('a', ['minio://bkt/x'], ['minio://bkt/x/y'])] });
    expect(shown(workflow)).toEqual(['a.0 → a.0']);
  });
});

describe('two stores are one place', () => {
  test('on S3, with whatever keys', async () => {
    const workflow = await workflowOf({
      oscar: [service('a', [], ['s3.mine://bkt/x'])],
      aws: [lambda('b', ['s3://bkt/x'], [])],
      top: 'storage_providers: {s3: {mine: {access_key: a, secret_key: b}}}\n',
    });
    expect(shown(workflow)).toEqual(['a.0 → b.0']);
  });

  test('where they have one endpoint', async () => {
    const workflow = await workflowOf({
      oscar: [service('a', [], ['minio.x://bkt/x']), service('b', ['minio.y://bkt/x'], [])],
      top: 'storage_providers: {minio: {x: {endpoint: "https://m:9000/"}, y: {endpoint: "https://M:9000"}, z: {endpoint: "https://m"}}}\n',
    });
    expect(shown(workflow)).toEqual(['a.0 → b.0']);
  });

  test('where one is the MinIO of the cluster by its id', async () => {
    const workflow = await workflowOf({
      oscar: [service('a', [], ['minio.two://bkt/x'], 'one'), service('b', ['minio://bkt/x'], [], 'two')],
    });
    expect(shown(workflow)).toEqual(['a.0 → b.0']);
  });

  test('where that is declared as well', async () => {
    const workflow = await workflowOf({
      oscar: [service('a', [], ['minio.same://bkt/x'], 'one'), service('b', ['minio://bkt/x'], [], 'two')],
      top: 'storage_providers: {minio: {same: {endpoint: "https://m"}, two: {endpoint: "https://m"}}}\n',
    });
    expect(shown(workflow)).toEqual(['a.0 → b.0']);
  });

  test('but not the MinIOs of two clusters', async () => {
    const workflow = await workflowOf({
      oscar: [service('a', [], ['minio://bkt/x'], 'one'), service('b', ['minio://bkt/x'], [], 'two')],
    });
    expect(shown(workflow)).toEqual([]);
  });
});

describe('of a workflow', () => {
  const diamond = {
    oscar: [
      service('join', ['minio://bkt/left', 'minio://bkt/right'], ['minio://bkt/end']),
      service('left', ['minio://bkt/mid'], ['minio://bkt/left']),
      service('start', ['minio://bkt/in'], ['minio://bkt/mid', 'minio://bkt/log']),
      service('right', ['minio://bkt/mid'], ['minio://bkt/right']),
      service('lonely', [], []),
    ],
  };

  test('entry steps have an input that no other step feeds', async () => {
    const { steps, links } = await workflowOf(diamond);
    expect(entrySteps(steps, links).map(({ id }) => id)).toEqual(['start']);
  });

  test('a step that feeds only itself is an entry', async () => {
    const { steps, links } = await workflowOf({
      oscar: [service('a', ['minio://bkt/x'], ['minio://bkt/x/y'])],
    });
    expect(entrySteps(steps, links).map(({ id }) => id)).toEqual(['a']);
  });

  test('final outputs are those that no step reads', async () => {
    const { steps, links } = await workflowOf(diamond);
    expect(finalOutputs(steps, links).map(({ step, output }) => `${step.id}.${output}`)).toEqual([
      'join.0',
      'start.1',
    ]);
  });

  test('steps come behind those that feed them', async () => {
    expect(stepOrder(await workflowOf(diamond))).toEqual(['start', 'lonely', 'left', 'right', 'join']);
  });

  test('steps of a circle come last, in the order of the file', async () => {
    const circle = [
      service('b', ['minio://bkt/1'], ['minio://bkt/2']),
      service('a', ['minio://bkt/2'], ['minio://bkt/1']),
      service('c', ['minio://bkt/0'], ['minio://bkt/3']),
    ];
    expect(stepOrder(await workflowOf({ oscar: circle }))).toEqual(['c', 'b', 'a']);
  });
});
