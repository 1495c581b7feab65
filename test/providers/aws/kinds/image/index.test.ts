import { describe, expect, it } from 'vitest';
import type { BlobProgress } from '../../../../../src/image/blob-copy.ts';
import type { RegistryCall } from '../../../../../src/image/registry/client.ts';
import type { IdentifiedImage } from '../../../../../src/image/step-image.ts';
import type { ImageRegistry } from '../../../../../src/providers/aws/images/registry.ts';
import { type ImageProps, imageKind } from '../../../../../src/providers/aws/kinds/image/index.ts';
import { fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const DIGEST = `sha256:${'d'.repeat(64)}`;
const OLD = `sha256:${'0'.repeat(64)}`;
const PROPS: ImageProps = {
  site: SITE,
  step: 'resize',
  repository: 'fdl/shop',
  registry: HOST,
  tag: 'resize-0123456789ab',
  base: `docker.io/me/tool@sha256:${'b'.repeat(64)}`,
  runtime: `sha256:${'c'.repeat(64)}`,
};
const PREVIOUS = {
  uri: `${HOST}/fdl/shop@${OLD}`,
  tag: 'resize-ba9876543210',
  base: 'old@x',
  runtime: 'old',
};
const IMAGE = { tag: PROPS.tag, target: { registry: HOST, repository: 'fdl/shop' } } as IdentifiedImage;

/** A registry that has an image once it is composed. `compose` says what happens on the way. */
function images({ composed = false, compose = (_: (sent: number) => void) => {} } = {}) {
  const listeners = new Set<(progress: BlobProgress) => void>();
  const asked: string[] = [];
  let there = composed;
  const send = (sent: number) => {
    for (const each of listeners) each({ at: IMAGE.target, digest: 'x', size: 20_000_000, sent });
  };
  const registry = {
    client: {
      call: async ({ method, path }: RegistryCall) => {
        asked.push(`${method} ${path}`);
        const headers = { 'docker-content-digest': DIGEST };
        const body = { on: () => ({ resume: () => undefined }) };
        return { status: there ? 200 : 404, headers, body, url: '' } as never;
      },
    },
    composer: {
      compose: async () => {
        compose(send);
        there = true;
        return DIGEST;
      },
    },
    watch: (listener: (progress: BlobProgress) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as ImageRegistry;
  const { clients } = fakeClients({});
  const known = new Map([[IMAGE.tag, IMAGE]]);
  const kind = imageKind(fakeDeps({ clients, images: known, registry: async () => registry }));
  return { kind, asked, listeners };
}

describe('the image of a step', () => {
  it('is made of what the file says, and found by its tag with one request', async () => {
    const { kind, asked } = images();
    expect(await kind.read(PROPS, fakeCall())).toBeUndefined();
    const attrs = await kind.reconcile(PROPS, fakeCall());
    expect(attrs).toEqual({ ...PROPS, digest: DIGEST, uri: `${HOST}/fdl/shop@${DIGEST}` });
    asked.length = 0;
    expect(await kind.read(PROPS, fakeCall())).toEqual({ owned: true, attrs });
    expect(asked).toEqual([`HEAD manifests/${PROPS.tag}`]);
    expect(kind.changes(PROPS, attrs)).toEqual([]);
  });

  it('shows what it was made of before, as long as the new one is not there', async () => {
    const { kind } = images();
    const props = { ...PROPS, previous: PREVIOUS };
    const observed = await kind.read(props, fakeCall());
    expect(observed).toMatchObject({ owned: true, attrs: { uri: PREVIOUS.uri, digest: OLD } });
    expect(observed && kind.changes(props, observed.attrs)).toEqual([
      { path: 'base', before: 'old@x', after: PROPS.base },
      { path: 'runtime', before: 'old', after: PROPS.runtime },
      { path: 'tag', before: PREVIOUS.tag, after: PROPS.tag },
    ]);
  });

  it('is a new one where the step ran something that is no image of a digest', async () => {
    const { kind } = images();
    const previous = { ...PREVIOUS, uri: `${HOST}/other:latest` };
    expect(await kind.read({ ...PROPS, previous }, fakeCall())).toBeUndefined();
  });

  it('tells how far it is, and nothing afterwards', async () => {
    const call = fakeCall();
    const { kind, listeners } = images({
      compose: (send) => {
        for (const sent of [1_000_000, 11_000_000, 12_000_000, 20_000_000]) send(sent);
      },
    });
    await kind.reconcile(PROPS, call);
    expect(call.said).toEqual(['sent 10 of 20 MB of images', 'sent 20 of 20 MB of images']);
    expect(listeners.size).toBe(0);
  });

  it('is left to its repository when the workflow goes', async () => {
    const { kind, asked } = images({ composed: true });
    const attrs = await kind.reconcile(PROPS, fakeCall());
    expect(await kind.delete(attrs, fakeCall())).toBeUndefined();
    expect(await kind.list('shop', fakeCall())).toEqual([]);
    expect(asked).toEqual([]);
  });
});
