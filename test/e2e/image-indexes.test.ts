/**
 * Indexes of images in a real registry that say no platform, and indexes in indexes; logins of podman that are for a part
 * of a registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/image/digest.ts';
import { readImage } from '../../src/image/image.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openRegistryClient } from '../../src/image/registry/client.ts';
import { dockerCredentials } from '../../src/image/registry/docker-config.ts';
import { findDigest } from '../../src/image/registry/manifests.ts';
import { publishFolder } from '../standins/made-images.ts';
import { needs } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { REGISTRY_USER, startRegistry } from '../standins/registry.ts';
import type { Server } from '../standins/server.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const OWN = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const OTHER = OWN === 'arm64' ? 'x86_64' : 'arm64';

describe.skipIf(!needs('podman', 'registry'))('a real registry', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-indexes-'));
  let podman: Podman;
  let open: Server;
  let closed: Server;

  beforeAll(async () => {
    podman = openPodman();
    [open, closed] = [await startRegistry(), await startRegistry({ login: true })];
    mkdirSync(path.join(folder, 'root'));
    writeFileSync(path.join(folder, 'root/file'), 'content');
    await publishFolder(podman, open.url, 'team/app:1', { root: path.join(folder, 'root'), format: 'oci' });
  });

  afterAll(async () => {
    await podman?.close();
    await Promise.all([open?.stop(), closed?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes an index of these manifests under a tag, and answers its entry for another index. */
  async function index(tag: string, manifests: readonly object[]) {
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
    const headers = { 'content-type': INDEX };
    const answer = await fetch(`${open.url}/v2/team/app/manifests/${tag}`, { method: 'PUT', headers, body });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return { mediaType: INDEX, digest: digestOf(Buffer.from(body)), size: Buffer.byteLength(body) };
  }

  async function image() {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(`${open.url}/v2/team/app/manifests/1`, { headers: { accept } });
    const body = Buffer.from(await answer.arrayBuffer());
    return { mediaType: accept, digest: digestOf(body), size: body.length };
  }

  const read = (tag: string, architecture: typeof OWN) => {
    const client = openRegistryClient({ credentials: async () => ({}) });
    const reference = parseReference(`${new URL(open.url).host}/team/app:${tag}`);
    return readImage(client, reference, architecture).finally(() => client.close());
  };

  it('may have an index whose entries say no platform: the configuration does', async () => {
    await index('unsaid', [await image()]);
    expect((await read('unsaid', OWN)).config.os).toBe('linux');
    const go = OWN === 'arm64' ? 'arm64' : 'amd64';
    await expect(read('unsaid', OTHER)).rejects.toMatchObject({
      code: 'image-platform',
      message: expect.stringMatching(new RegExp(`there is linux/${go}$`)),
    });
  });

  it('may have an index in an index', async () => {
    const inner = await index('inner', [await image()]);
    await index('outer', [inner]);
    expect((await read('outer', OWN)).config.os).toBe('linux');
  });

  describe('with logins of podman', () => {
    const file = path.join(folder, 'auth.json');
    const ask = async (repository: string, environment: Readonly<Record<string, string>>) => {
      const env = { HOME: folder, ...environment };
      const client = openRegistryClient({ credentials: dockerCredentials(env) });
      const reference = parseReference(`${new URL(closed.url).host}/${repository}:1`);
      return findDigest(client, reference).finally(() => client.close());
    };

    beforeAll(async () => {
      const { username, password } = REGISTRY_USER;
      const host = new URL(closed.url).host;
      const login = ['login', '--tls-verify=false', `--authfile=${file}`, `-u=${username}`, `-p=${password}`];
      await podman.succeed([...login, `${host}/team`]);
      execFileSync('tar', ['-C', path.join(folder, 'root'), '-cf', path.join(folder, 'root.tar'), '.']);
      await podman.succeed(['import', path.join(folder, 'root.tar'), `${host}/team/app:1`]);
      await podman.succeed(['push', '--tls-verify=false', `--authfile=${file}`, `${host}/team/app:1`]);
      await podman.succeed(['rmi', `${host}/team/app:1`]);
    });

    it('opens what a login is for, and nothing beside it', async () => {
      expect(await ask('team/app', { REGISTRY_AUTH_FILE: file })).toMatch(/^sha256:/);
      await expect(ask('team2/app', { REGISTRY_AUTH_FILE: file })).rejects.toMatchObject({
        code: 'image-denied',
      });
      await expect(ask('team/app', {})).rejects.toMatchObject({ code: 'image-denied' });
    });
  });
});
