/** Images made of folders: podman makes each once and it is kept, whatever registry it then goes to. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './need.ts';
import type { Podman } from './podman.ts';

export interface ImageRecipe {
  /** The folder that becomes the root. */
  readonly root: string;
  /** As in a Dockerfile. */
  readonly changes?: readonly string[];
  /** Of its manifest: that of Docker by default. */
  readonly format?: 'oci' | 'v2s2';
}

/** Makes an image of a folder, unless that was done before, and uploads it to a registry as `name`. */
export async function publishFolder(
  podman: Podman,
  registry: string,
  name: string,
  recipe: ImageRecipe,
): Promise<void> {
  await upload(await madeImage(podman, recipe), registry, name);
}

/** Whoever made the folder, and when, is not part of the image: the same content is the same image. */
const SAME = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** Where the parts of an image are: its manifest, and each blob by its digest. */
async function madeImage(podman: Podman, recipe: ImageRecipe): Promise<string> {
  const { root, changes = [], format = 'v2s2' } = recipe;
  const images = cacheFolder('images');
  mkdirSync(images, { recursive: true });
  const work = mkdtempSync(path.join(images, 'new-'));
  try {
    const tar = path.join(work, 'root.tar');
    execFileSync('tar', [...SAME, '-C', root, '-cf', tar, '.']);
    const key = createHash('sha256')
      .update(readFileSync(tar))
      .update(JSON.stringify([changes, format]));
    const made = path.join(images, key.digest('hex'));
    if (existsSync(made)) return made;
    await make(podman, work, { tar, changes, format });
    // Another process may have been faster.
    if (!existsSync(made)) renameSync(path.join(work, 'image'), made);
    return made;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function make(
  podman: Podman,
  work: string,
  { tar, changes, format }: { tar: string; changes: readonly string[]; format: string },
): Promise<void> {
  const image = `localhost/fdl-test-${path.basename(work).toLowerCase()}`;
  const options = changes.flatMap((change) => ['--change', change]);
  await podman.succeed(['import', ...options, tar, image]);
  await podman.succeed(['push', '--compress', `--format=${format}`, image, `dir:${work}/image`]);
  await podman.succeed(['rmi', image]);
}

interface Manifest {
  readonly mediaType?: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

async function upload(made: string, registry: string, name: string): Promise<void> {
  const [repository = '', tag = 'latest'] = name.split(':');
  const base = `${registry}/v2/${repository}`;
  const text = readFileSync(path.join(made, 'manifest.json'));
  const {
    mediaType = 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers,
  } = JSON.parse(text.toString()) as Manifest;
  for (const { digest } of [config, ...layers]) {
    const begun = await answered(`${base}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') ?? '', registry);
    place.searchParams.set('digest', digest);
    const body = readFileSync(path.join(made, digest.replace('sha256:', '')));
    await answered(place.href, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
  }
  const headers = { 'content-type': mediaType };
  await answered(`${base}/manifests/${tag}`, { method: 'PUT', body: text, headers });
}

async function answered(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${url}: ${response.status} ${text}`);
  return response;
}
