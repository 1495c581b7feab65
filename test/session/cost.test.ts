/**
 * What runs cost. The first figures are those of a thesis on such workflows, Table 2.1 and chapter 4, by its own prices. It
 * names its memory, its prices and its costs; the durations are derived from these: 153 s and 454 s come out whole.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Invocation, open } from '../../src/session/index.ts';
import { costLine, costText, moneyText } from '../../src/terminal/cost-text.ts';
import { plain } from '../../src/terminal/style.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'fdl-cost-'));

function file(name: string, text: string): string {
  writeFileSync(path.join(dir, name), text);
  return path.join(dir, name);
}

/** A lambda with its memory, and how it runs. */
const step = (name: string, memory: number, input: string, output: string, more = '') => `
    - lambda:
        name: ${name}
        memory: ${memory}
        ${more}
        container: {image: busybox}
        init_script: "#!/bin/sh"
        input: [{storage_provider: s3, path: av/${input}}]
        output: [{storage_provider: s3, path: av/${output}}]`;

const JOBS = `
      batch:
        vcpus: 4
        memory: 12288
        enable_gpu: true
        compute_resources: {instance_types: [g3s.xlarge], max_v_cpus: 12}`;

const AV = `name: av
functions:
  aws:${step('ffmpeg', 1024, 'start', 'video')}${step('audio2srt', 1024, 'audio', 'srt')}${step('yolov3', 128, 'video', 'objects', 'execution_mode: batch')}${JOBS}
`;

/** AWS's prices of 2020: a millisecond of 1,024 MB was $0.0000000167, which is this for a GB-second. */
const PRICES = file(
  'prices.yaml',
  `source: section 2.5.1
date: 2020-06-01
prices:
  lambda.request: 0
  lambda.gb-second.x86_64: 0.0000167
  ec2.g3s.xlarge: 0.75
  s3.get: 0
  s3.put: 0
`,
);

const opened = (text: string, environment: Readonly<Record<string, string>> = {}) => {
  const settings = { environment: { AWS_REGION: 'us-east-1', ...environment }, purpose: 'look' } as const;
  return open('workflow.yaml', { ...settings, text, workingDirectory: dir });
};

function ran(id: string, [from, to]: readonly [string, string], more: Partial<Invocation>): Invocation {
  const object = (name: string) => ({ uri: `s3://av/${name}`, size: 1 });
  const [name = ''] = id.split('-');
  return { id, step: name, status: 'succeeded', input: object(from), outputs: [object(to)], ...more };
}

const took = (seconds: number, memoryMib: number) => ({
  durationMs: seconds * 1000,
  billed: { milliseconds: seconds * 1000, memoryMib, requests: 1 },
});

describe('the figures of the thesis', () => {
  it('are those of Table 2.1', async () => {
    const { cost } = await opened(AV);
    const found = await cost(
      [
        ran('ffmpeg-1', ['start/a.mp4', 'video/a.avi'], took(153, 1024)),
        ran('audio2srt-1', ['audio/a.wav', 'srt/a.srt'], took(454, 1024)),
        // 225 s of a machine for $0.75 an hour, and what passed the event on.
        ran('yolov3-1', ['video/a.avi', 'objects/a.avi'], {
          ...{ job: 'job-1', durationMs: 225_000 },
          billed: { milliseconds: 1236, memoryMib: 128, requests: 1 },
        }),
      ],
      { prices: PRICES },
    );
    const { total, steps, inputs, items, unknown } = found;
    expect(costLine(found)).toBe('cost: $0.0570 (ffmpeg $0.00256, audio2srt $0.00758, yolov3 $0.0469)');
    const rounded = (amount: number) => amount.toFixed(8);
    expect(steps.map((each) => [each.step, rounded(each.total)])).toEqual([
      ['ffmpeg', '0.00255510'],
      ['audio2srt', '0.00758180'],
      ['yolov3', rounded(0.00000258 + 0.046875)],
    ]);
    expect(rounded(total)).toBe('0.05701448');
    // What came of the video is the video's, over both steps.
    expect(inputs.map(({ uri, total: of }) => [uri, rounded(of)])).toEqual([
      ['s3://av/start/a.mp4', rounded(0.0025551 + 0.00000258 + 0.046875)],
      ['s3://av/audio/a.wav', '0.00758180'],
    ]);
    expect(items.find(({ item }) => item === 'ec2.g3s.xlarge')).toMatchObject({
      unit: 'hour',
      source: 'section 2.5.1',
      date: '2020-06-01',
    });
    expect(unknown).toEqual([]);
  });

  it.each([
    // The table has $0.00000131 and $0.00000798, which is too low by a factor of 1,000.
    ['warm', 78.45, '0.00131'],
    ['cold', 477.85, '0.00798'],
  ])('are those of 37 images, %s', async (_how, seconds, expected) => {
    const { cost } = await opened(AV);
    const images = Array.from({ length: 37 }, (_, index) =>
      ran(`ffmpeg-${index}`, [`start/${index}.jpg`, `video/${index}.jpg`], took(seconds / 37, 1024)),
    );
    const { total, steps } = await cost(images, { prices: PRICES });
    expect(total.toFixed(5)).toBe(expected);
    const cached = images.map((each) => ({ ...each, cached: true }));
    expect((await cost([...images, ...cached], { prices: PRICES })).total).toBe(total);
    expect(steps).toMatchObject([{ step: 'ffmpeg', invocations: 37 }]);
  });
});

describe('cost', () => {
  it('says what it does not know, and what it takes for granted', async () => {
    const spot = AV.replace('max_v_cpus: 12', 'max_v_cpus: 12, type: SPOT');
    const invocations = [
      ran('ffmpeg-1', ['start/a', 'video/a'], { durationMs: 1000.2 }),
      ran('yolov3-1', ['video/a', 'objects/a'], { job: 'j', durationMs: 3_600_000 }),
      ran('audio2srt-1', ['audio/a', 'srt/a'], { status: 'running' }),
    ];
    const there = await (await opened(spot, { AWS_REGION: 'eu-south-2' })).cost(invocations, {});
    expect(there).toMatchObject({
      total: 0,
      unknown: expect.arrayContaining([
        'no price is known of lambda.gb-second.x86_64 in eu-south-2',
        'no price is known in eu-south-2 of a machine for "yolov3" (g3s.xlarge)',
        '1 invocation that waits or runs is not counted yet',
      ]),
      assumed: [expect.stringContaining('where AWS Lambda has not said yet')],
    });
    expect(costLine(there)).toBeUndefined();
    const session = await opened(spot);
    expect((await session.cost(invocations)).unknown).toContainEqual(expect.stringContaining('spot.ec2'));
    const prices = file('spot.yaml', 'prices: {spot.ec2: 0.3, s3.get: 0, s3.put: 0}');
    const { steps } = await (await opened(spot, { FDL_PRICES: prices })).cost(invocations);
    expect(steps.find((each) => each.step === 'yolov3')?.total).toBeCloseTo(0.3 * 0.75, 12);
  });

  it('says what outputs cost a month, each once, and nothing where nothing is known', async () => {
    const { cost } = await opened(AV);
    const output = { uri: 's3://av/video/a', size: 100 * 2 ** 30 };
    const twice = ['ffmpeg-1', 'ffmpeg-2'].map((id) =>
      ran(id, ['start/a', 'video/a'], { ...took(1, 1024), outputs: [output] }),
    );
    const found = await cost(twice);
    expect(found.monthly).toBeCloseTo(2.3, 9);
    expect(costText(found, plain)).toMatch(
      /^cost: \$0\.0000440?\d*, and \$2\.30 a month for what lies in S3\n {2}ffmpeg {2}2 inv/,
    );
    const here = await open('workflow.yaml', { text: AV, purpose: 'look', target: 'local' });
    expect(costText(await here.cost(twice), plain)).toBe(
      'cost: nothing is known of it\nwhy\n  no price is known of what runs on this machine',
    );
  });

  it('estimates what runs would cost, by tiers that fall with the amount', async () => {
    const prices = file(
      'tiers.yaml',
      'prices: {lambda.request: 0, logs.gb: 0, s3.get: 0, s3.put: 0, lambda.gb-second.x86_64: [{up_to: 100, price: 1}, {price: 0.5}]}',
    );
    const { estimate } = await opened(AV);
    const options = { runs: 100, seconds: 1, secondsOf: { ffmpeg: 3, yolov3: 0 }, prices };
    const { total, steps, assumed } = await estimate(options);
    // 300 + 100 + 100 x 0.5 s x 128 MB = 406.25 GB-s, of which 100 cost $1.
    expect(total).toBeCloseTo(100 + 306.25 / 2, 9);
    expect(steps[0]).toEqual({
      step: 'ffmpeg',
      invocations: 100,
      total: expect.closeTo((300 / 406.25) * total, 9),
    });
    expect(assumed[0]).toBe(
      'each step runs 100 times, and takes so long: "ffmpeg" 3 s, "audio2srt" 1 s, "yolov3" 0 s',
    );
    await expect(estimate({ secondsOf: { ffmpg: 3 } })).rejects.toMatchObject({ code: 'unknown-step' });
  });

  it('takes the cheapest machine that a job fits on, and the part of it that it needs', async () => {
    const job = (resources: string) =>
      AV.replace('enable_gpu: true', '').replace('instance_types: [g3s.xlarge]', resources);
    const of = async (resources: string) =>
      (await (await opened(job(resources))).estimate({ seconds: 3600 })).items.find(({ item }) =>
        /^(ec2|fargate.v)/.test(item),
      );
    // 4 vCPUs, 12 GiB: a c6i.xlarge is too small, an m6i.xlarge has 4 vCPUs.
    expect(await of('instance_types: [optimal]')).toMatchObject({
      item: 'ec2.m6i.xlarge',
      amount: 1,
      total: 0.192,
    });
    expect(await of('instance_types: [m5.4xlarge]')).toMatchObject({ amount: 0.25, total: 0.192 });
    expect(await of('type: FARGATE')).toMatchObject({ item: 'fargate.vcpu-hour.x86_64', amount: 4 });
  });

  it.each([
    ['prices: {lambda.reqest: 1}', 1, 10, 'called lambda.reqest', 'Did you mean lambda.request?'],
    ['prices:\n  s3.get: -1', 2, 11, '"-1", not a number from 0 on', '0.0000002'],
    ['price: {s3.get: 1}', 1, 1, 'has no "price"', 'source, date, regions, prices'],
    ['- date: 2026\n  prices: {}', 1, 9, '"2026" is no day', '2026-08-31'],
    ['prices: {s3.get: [{up_to: 5}]}', 1, 19, 'needs "price"', 'up_to: AMOUNT'],
    ['prices: {s3.get: 1', 1, 9, 'not closed', 'Close the bracket'],
    ['lambda.request: 1', 1, 1, 'has no "lambda.request"', ''],
    ['5', 1, 1, 'must be a map', 'prices:'],
    ['# nothing yet', 1, 1, 'has no prices', 'prices:'],
  ])('says where %j is wrong', async (text, line, column, message, hint) => {
    const prices = file('wrong.yaml', text);
    const thrown = (await opened(AV)).cost([], { prices });
    await expect(thrown).rejects.toMatchObject({
      code: 'prices-file-invalid',
      exitCode: 2,
      place: { file: prices, line, column },
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it('writes small amounts so that they say something', () => {
    expect([0, 0.00000258, 0.0570145, 1.5, 1234.567].map(moneyText)).toEqual([
      ...['$0', '$0.00000258', '$0.0570', '$1.50', '$1234.57'],
    ]);
  });
});
