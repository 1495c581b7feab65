import { describe, expect, test } from 'vitest';
import { graphText } from '../../src/terminal/graph-text.ts';
import { plain } from '../../src/terminal/style.ts';
import { dotText, filterText, mermaidText } from '../../src/workflow/draw.ts';
import type { Output, Workflow } from '../../src/workflow/model.ts';
import { onAws, onOscar, readText } from '../fdl/read-text.ts';

async function workflowOf(text: string): Promise<Workflow> {
  const { workflow, diagnostics } = await readText(text);
  if (!workflow) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

/** Two clouds, a branch and a join, filters, nested folders, a step that two paths lead to, and one that only serves. */
const MEDIA = `
name: media
functions:
  oscar:
    - lab:
        name: split
        image: ghcr.io/grycap/ffmpeg
        script: split.sh
        input: [{storage_provider: minio, path: media/in}]
        output:
          - {storage_provider: s3.results, path: media-frames/all/images, suffix: [.png, .jpg]}
          - {storage_provider: s3.results, path: media-frames/all/sound, prefix: track-, suffix: .wav}
          - {storage_provider: minio, path: media/logs}
    - edge:
        name: page
        image: ghcr.io/grycap/a-name-of-an-image-that-is-much-too-long-for-one-line-of-a-terminal:latest
        script: page.sh
        expose: {api_port: 80}
  aws:
    - lambda:
        name: detect
        container: {image: ghcr.io/grycap/darknet}
        init_script: detect.sh
        execution_mode: batch
        input: [{storage_provider: s3, path: media-frames/all/images}]
        output: [{storage_provider: s3, path: media-reports/in}]
      batch: {vcpus: 2}
    - lambda:
        name: listen
        container: {image: ghcr.io/grycap/audio2srt}
        init_script: listen.sh
        input: [{storage_provider: s3, path: media-frames/all/sound}]
        output: [{storage_provider: s3, path: media-reports/in/texts}]
    - lambda:
        name: report
        container: {image: busybox}
        init_script: report.sh
        input: [{storage_provider: s3, path: media-reports/in}]
        output: [{storage_provider: s3, path: media-reports/out}]
storage_providers:
  s3: {results: {access_key: a, secret_key: b}}
`;

describe('the picture of a workflow', () => {
  test('as text', async () => {
    const text = graphText(await workflowOf(MEDIA), plain, 80);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expect(`${text}\n`).toMatchFileSnapshot('../golden/graph-media.txt');
  });

  test('as Mermaid', async () => {
    await expect(`${mermaidText(await workflowOf(MEDIA))}\n`).toMatchFileSnapshot(
      '../golden/graph-media.mmd.txt',
    );
  });

  test('as dot', async () => {
    await expect(`${dotText(await workflowOf(MEDIA))}\n`).toMatchFileSnapshot(
      '../golden/graph-media.dot.txt',
    );
  });

  test('has a folder once, whichever stores lead to it', async () => {
    const text = mermaidText(await workflowOf(MEDIA));
    expect(text.match(/media-frames\/all\/images/g)).toHaveLength(1);
  });

  test('has an edge once, however many steps follow it', async () => {
    const reader = (name: string) =>
      onAws('input: [{storage_provider: s3, path: bkt/x}]')
        .split('\n')
        .slice(2)
        .join('\n')
        .replace('name: step', `name: ${name}`);
    const text = `${onAws('output: [{storage_provider: s3, path: bkt/x/y}]')}${reader('a')}${reader('b')}`;
    const edges = mermaidText(await workflowOf(text))
      .split('\n')
      .filter((line) => line.includes('-->'));
    expect(edges).toEqual(['  s1 --> f1', '  f2 --> s2', '  f2 --> s3', '  f1 --> f2']);
  });

  test('marks the folders of final outputs', async () => {
    const text = mermaidText(await workflowOf(MEDIA));
    const finals = [...text.matchAll(/\[\("([^"]+)"\)\]/g)].map(([, label]) => label);
    expect(finals).toEqual(['minio.lab://media/logs', 's3://media-reports/out']);
  });

  test('shows a circle from the first of its steps', async () => {
    const step = (name: string, reads: string, writes: string) =>
      onOscar(
        `input: [{storage_provider: minio, path: ${reads}}]\noutput: [{storage_provider: minio, path: ${writes}}]`,
      )
        .split('\n')
        .slice(2)
        .join('\n')
        .replace('name: step', `name: ${name}`);
    const text = `name: round\nfunctions:\n  oscar:\n${step('a', 'bkt/1', 'bkt/2')}${step('b', 'bkt/2', 'bkt/1')}`;
    expect(graphText(await workflowOf(text), plain, 80).split('\n')).toEqual([
      'round',
      'minio.cluster://bkt/1',
      '└─▶ a  oscar cluster',
      '    │ busybox',
      '    └── minio.cluster://bkt/2',
      '        └─▶ b  oscar cluster',
      '            │ busybox',
      '            └── minio.cluster://bkt/1',
      '                └─▶ a  oscar cluster (see above)',
    ]);
  });

  test('shortens what does not fit, and keeps both ends of it', async () => {
    const long = `bkt/${'x'.repeat(100)}/end`;
    const text = graphText(
      await workflowOf(onOscar(`output: [{storage_provider: minio, path: ${long}}]`)),
      plain,
      60,
    );
    const [line = ''] = text.split('\n').filter((each) => each.includes('…'));
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line).toMatch(/minio\.cluster:\/\/bkt\/x+…x+\/end final$/);
  });

  test('keeps what would end a label of Mermaid or dot', async () => {
    const workflow = await workflowOf(onOscar().replace('busybox', '"a\\"b#c<d>\\\\e\\nf"'));
    expect(mermaidText(workflow)).toContain('s1["step<br/>oscar cluster<br/>a#quot;b#35;c#lt;d#gt;\\e f"]');
    expect(dotText(workflow)).toContain('s1 [label="step\\noscar cluster\\na\\"b#c<d>\\\\e\\nf", shape=box');
  });
});

describe('a filter', () => {
  const filter = (prefixes: readonly string[], suffixes: readonly string[]) =>
    filterText({ prefixes, suffixes } as unknown as Output);

  test.each([
    ['nothing', [], [], ''],
    ['a suffix', [], ['.wav'], '*.wav'],
    ['a prefix', ['out-'], [], 'out-*'],
    ['both', ['out-'], ['.wav'], 'out-*.wav'],
    ['several', ['a', 'b'], ['.x', '.y'], 'a*.x, a*.y, b*.x, b*.y'],
    ['an empty text', [''], [''], ''],
  ])('of %s', (_, prefixes, suffixes, expected) => {
    expect(filter(prefixes, suffixes)).toBe(expected);
  });
});
