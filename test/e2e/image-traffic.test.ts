/** What passes the line when images are composed: bytes and requests, counted at real registries. */
import { createCipheriv } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComposer } from '../../src/image/compose.ts';
import { openRegistryClient } from '../../src/image/registry/client.ts';
import { findComposed, identifyImage, type StepImage } from '../../src/image/step-image.ts';
import { setAside } from '../../src/supervisor/environment.ts';
import { needs } from '../standins/need.ts';
import { addSmallNode } from './aws-account.ts';
import { addBusybox, fillSystem, type ImageLab, openImageLab } from './image-lab.ts';
import type { Traffic } from './image-proxy.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** More than all else that is sent. */
const NODE_BYTES = 6 * MIB;

/** What is taken for Node: a program with something behind it that cannot be packed. Node itself takes seconds to pack. */
function addLargeNode(root: string): void {
  addSmallNode(root);
  const none = Buffer.alloc(16);
  const noise = createCipheriv('aes-128-ctr', none, none).update(Buffer.alloc(NODE_BYTES));
  appendFileSync(path.join(root, 'usr/bin/node'), noise);
}

describe.skipIf(!needs('podman', 'registry', 'busybox'))('composing', () => {
  let lab: ImageLab;

  beforeAll(async () => {
    lab = await openImageLab();
    const node = fillSystem(path.join(lab.folder, 'node'));
    addLargeNode(node);
    await lab.publish(node, 'library/node:22');
    const tool = fillSystem(path.join(lab.folder, 'tool'));
    addBusybox(tool, ['sh']);
    await lab.publish(tool, 'me/tool:1');
    lab.hub.traffic();
  });

  afterAll(() => lab?.close());

  interface Passed {
    readonly digest: string | undefined;
    readonly hub: Traffic;
    readonly account: Traffic;
  }

  /** What a program that starts anew makes, and what passed for it. */
  async function passed(changes: Partial<StepImage>, make: 'compose' | 'find' = 'compose'): Promise<Passed> {
    const { credentials, mirrors, folder } = lab;
    const client = openRegistryClient({ credentials, mirrors });
    try {
      const image = await identifyImage(client, { ...IMAGE, ...changes });
      const composer = openComposer({ client, tmpRoot: folder, renamed: setAside });
      const digest = await (make === 'find' ? findComposed(client, image) : composer.compose(image));
      return { digest, hub: lab.hub.traffic(), account: lab.account.traffic() };
    } finally {
      await client.close();
    }
  }

  const IMAGE: StepImage = {
    step: 'detect',
    base: 'me/tool:1',
    runtime: 'node:22',
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    target: { registry: '1.dkr.ecr.eu-west-1.amazonaws.com', repository: 'fdl/w' },
    // As long as the real one, and as hard to pack.
    supervisor: Buffer.from(
      Array.from({ length: 60_000 }, (_, index) => (index * 2654435761).toString(36)).join(''),
    ),
    script: Buffer.from('#!/bin/sh\n'),
    configuration: { step: 'detect' },
  };

  const puts = ({ requests }: Traffic) => requests.filter((each) => each.startsWith('PUT'));
  const report = (name: string, { hub, account }: Passed) => {
    if (process.env['FDL_TEST_TRAFFIC'] === undefined) return;
    const line = {
      name,
      hub: [hub.requests.length, hub.down],
      account: [account.requests.length, account.up, account.down],
    };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };

  it('transfers everything once', async () => {
    const first = await passed({});
    report('first', first);
    expect(first.hub.down).toBeGreaterThan(NODE_BYTES);
    expect(first.account.up).toBeGreaterThan(NODE_BYTES);
    // The tool's layer; Node, its configuration and manifest; supervisor, step, configuration, manifest.
    expect(puts(first.account)).toHaveLength(8);
    const sources = first.hub.requests.filter((each) => each.startsWith('GET') && each.includes('/blobs/'));
    expect(new Set(sources).size).toBe(sources.length);

    const plan = await passed({}, 'find');
    report('plan', plan);
    expect(plan.digest).toBe(first.digest);
    expect([...plan.hub.requests, ...plan.account.requests].filter((each) => !each.includes('HEAD'))).toEqual(
      Array(2).fill('GET /v2/'),
    );

    const again = await passed({});
    report('unchanged', again);
    expect(again.digest).toBe(first.digest);
    expect(again.account.requests).toHaveLength(2);
    expect(again.account.up).toBe(0);
  });

  it('transfers kilobytes after a change of the script, from whatever machine', async () => {
    await passed({});
    const changed = await passed({ script: Buffer.from('#!/bin/sh\necho changed\n') });
    report('script', changed);
    expect(puts(changed.account)).toHaveLength(3);
    expect(changed.account.up).toBeLessThan(10 * KIB);
    expect(changed.hub.down + changed.account.down).toBeLessThan(20 * KIB);
  });

  it('transfers kilobytes for another step with the same image', async () => {
    await passed({});
    const other = await passed({ step: 'count', configuration: { step: 'count' } });
    report('step', other);
    expect(other.account.up).toBeLessThan(10 * KIB);
  });

  it('transfers Node from nowhere for another image', async () => {
    await passed({});
    const root = fillSystem(path.join(lab.folder, 'other'));
    addBusybox(root, ['cat']);
    await lab.publish(root, 'me/other:1');
    for (const proxy of [lab.hub, lab.account]) proxy.traffic();
    const other = await passed({ base: 'me/other:1', step: 'other' });
    report('image', other);
    expect(other.hub.requests.some((each) => each.includes('library/node/blobs'))).toBe(false);
    expect(other.account.up).toBeLessThan(3 * MIB);
  });
});
