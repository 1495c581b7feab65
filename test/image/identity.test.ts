import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  type ImageInputs,
  imageTag,
  isImageTag,
  isRuntimeTag,
  runtimeTag,
} from '../../src/image/identity.ts';
import { Secret } from '../../src/secret.ts';

const INPUTS: ImageInputs = {
  architecture: 'x86_64',
  base: 'sha256:base',
  runtime: 'sha256:runtime',
  supervisor: 'sha256:supervisor',
  script: 'sha256:script',
  configuration: { step: 'a', inputs: [{ bucket: 'b', prefix: 'c' }] },
};

describe('imageTag', () => {
  it('stays the same where nothing changes', () => {
    expect(imageTag('detect', INPUTS)).toMatch(/^detect-[0-9a-f]{12}$/);
    const reordered = {
      ...Object.fromEntries(Object.entries(INPUTS).reverse()),
      configuration: { inputs: [{ prefix: 'c', bucket: 'b' }], step: 'a' },
      payload: undefined,
    } as unknown as ImageInputs;
    expect(imageTag('detect', reordered)).toBe(imageTag('detect', INPUTS));
  });

  it('changes with every input', () => {
    const changes: readonly Partial<ImageInputs>[] = [
      {},
      { architecture: 'arm64' },
      { base: 'x' },
      { runtime: 'x' },
      { supervisor: 'x' },
      { script: 'x' },
      { script: undefined },
      { payload: 'x' },
      { configuration: { step: 'a', inputs: [{ bucket: 'b', prefix: 'd' }] } },
      { configuration: { step: 'a', inputs: [] } },
    ];
    const tags = changes.map((change) => imageTag('detect', { ...INPUTS, ...change }));
    expect(new Set(tags).size).toBe(changes.length);
  });

  it.each([
    ['cluster/step', 'cluster-step'],
    ['-.odd', 'odd'],
    ['a b\u00fc', 'a-b-'],
    ['/', 'step'],
    ['x'.repeat(300), 'x'.repeat(100)],
  ])('is a tag for the step "%s"', (step, name) => {
    const tag = imageTag(step, INPUTS);
    expect(tag.slice(0, -13)).toBe(name);
    expect(tag).toMatch(/^\w[\w.-]{0,127}$/);
  });

  it('tells runtimes apart', () => {
    expect(runtimeTag('arm64', 'sha256:x')).toMatch(/^runtime-arm64-[0-9a-f]{12}$/);
    expect(runtimeTag('arm64', 'sha256:y')).not.toBe(runtimeTag('arm64', 'sha256:x'));
  });

  it.each(['detect', 'cluster/step', 'x'.repeat(300)])('is known as one of the step "%s" only', (step) => {
    const tag = imageTag(step, INPUTS);
    expect([isImageTag(step, tag), isImageTag('other', tag), isRuntimeTag(tag)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isImageTag(step, `${tag}0`) || isImageTag(step, step) || isImageTag(step, 'latest')).toBe(false);
  });

  it('is known as one of a runtime', () => {
    expect(isRuntimeTag(runtimeTag('arm64', 'sha256:x'))).toBe(true);
    expect(isRuntimeTag('runtime-x86_64')).toBe(false);
  });
});

describe('canonicalJson', () => {
  it('has fields in order, and lists as they are', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: 'x' }, e: undefined })).toBe(
      '{"a":{"c":"x","d":null},"b":[2,1]}',
    );
  });

  it('refuses secrets wherever they are', () => {
    expect(() => canonicalJson({ a: [{ b: new Secret('x') }] })).toThrow(
      'a secret must not get into an image',
    );
  });
});
