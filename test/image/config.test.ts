import { describe, expect, it } from 'vitest';
import { commandOf, composedConfig } from '../../src/image/config.ts';
import type { ContainerConfig, Image, ImageConfig } from '../../src/image/image.ts';
import { parseReference } from '../../src/image/reference.ts';
import { setAside } from '../../src/supervisor/environment.ts';

const BASE: ImageConfig = {
  architecture: 'arm64',
  variant: 'v8',
  os: 'linux',
  created: '2020-01-01T00:00:00Z',
  container_config: { Cmd: ['old'] },
  rootfs: { type: 'layers', diff_ids: ['sha256:a'] },
  history: [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }],
};
const ADDITIONS = {
  entrypoint: ['/loader', '/node'],
  labels: { made: 'by fdl', of: 'base' },
  layers: [
    { diffId: 'sha256:b', comment: 'node' },
    { diffId: 'sha256:c', comment: 'step' },
  ],
  renamed: setAside,
};
const composed = (config?: ContainerConfig | null) =>
  composedConfig(config === undefined ? BASE : { ...BASE, config }, ADDITIONS);

describe('composedConfig', () => {
  it('keeps what the image is, and starts our program instead of its own', () => {
    const config = {
      User: 'nobody',
      Env: ['PATH=/usr/bin', 'A=b=c', 'EMPTY='],
      Entrypoint: ['ffmpeg'],
      Cmd: ['-h'],
      WorkingDir: '/root',
      Labels: { own: 'label', of: 'user' },
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['NONE'] },
    };
    expect(composed(config).config).toEqual({
      User: 'nobody',
      Env: ['PATH=/usr/bin', 'A=b=c', 'EMPTY='],
      Entrypoint: ['/loader', '/node'],
      WorkingDir: '/',
      Labels: { own: 'label', made: 'by fdl', of: 'base' },
      ExposedPorts: { '80/tcp': {} },
    });
  });

  it('renames what would break the start, and leaves out what would steer it', () => {
    const Env = ['NODE_OPTIONS=--inspect', 'LD_PRELOAD=/x.so', 'FDL_CONFIG=/else', 'no variable', 'LANG=C'];
    expect(composed({ Env }).config?.Env).toEqual([
      'FDL_ASIDE_NODE_OPTIONS=--inspect',
      'FDL_ASIDE_LD_PRELOAD=/x.so',
      'LANG=C',
    ]);
  });

  it('tells of our layers after those of the image', () => {
    expect(composed()).toMatchObject({
      architecture: 'arm64',
      variant: 'v8',
      created: '2020-01-01T00:00:00Z',
      rootfs: { type: 'layers', diff_ids: ['sha256:a', 'sha256:b', 'sha256:c'] },
      history: [
        { created_by: 'a' },
        { created_by: 'b', empty_layer: true },
        { created_by: 'node' },
        { created_by: 'step' },
      ],
    });
    expect(composed()).not.toHaveProperty('container_config');
  });

  it('takes an image that says nothing of itself', () => {
    const { history, ...base } = BASE;
    const silent = composedConfig({ ...base, config: null }, ADDITIONS);
    expect(silent.config).toEqual({
      Entrypoint: ['/loader', '/node'],
      WorkingDir: '/',
      Env: [],
      Labels: ADDITIONS.labels,
    });
    expect(silent).not.toHaveProperty('history');
  });
});

describe('commandOf', () => {
  const image = (config: ContainerConfig | null): Image => ({
    reference: parseReference('a/b:1'),
    manifest: { schemaVersion: 2, mediaType: '', config: { mediaType: '', digest: '', size: 0 }, layers: [] },
    config: { ...BASE, config },
  });

  it.each([
    [{ Entrypoint: ['ffmpeg'], Cmd: ['-h'] }, ['ffmpeg', '-h']],
    [{ Entrypoint: ['ffmpeg'], Cmd: null }, ['ffmpeg']],
    [{ Cmd: ['/bin/sh', '-c', 'echo "a b"'] }, ['/bin/sh', '-c', 'echo "a b"']],
    [{}, []],
    [null, []],
  ])('of %j', (config, command) => {
    expect(commandOf(image(config))).toEqual(command);
  });

  it('is none of an image of ours, and the error names the one to use', () => {
    const Labels = { 'fdl.runtime': 'node', 'org.opencontainers.image.base.name': 'docker.io/c/d:1' };
    expect(() => commandOf(image({ Labels }))).toThrow(
      expect.objectContaining({
        code: 'image-invalid',
        message: 'the image docker.io/a/b:1 was made by fdl for a step',
        hint: 'Name the image it was made of: docker.io/c/d:1.',
      }),
    );
  });
});
