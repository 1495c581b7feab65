import { describe, expect, it } from 'vitest';
import type { ProviderContext } from '../../src/providers/provider.ts';
import { configuredProviders, openProvider, providerFor } from '../../src/providers/registry.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';
import { step, store, workflowOf } from './made-up-provider.ts';

/** Nothing is configured there. */
function emptyContext(more: Readonly<Record<string, string>> = {}): ProviderContext {
  const workingDirectory = temporaryFolder();
  return {
    environment: { HOME: workingDirectory, ...more },
    signal: new AbortController().signal,
    workingDirectory,
  };
}

describe('the providers', () => {
  it('a step that no provider of this release runs is refused, unless all runs here', async () => {
    const workflow = workflowOf([{ ...step('aws', 'a'), provider: 'gone' } as never]);
    await expect(providerFor(workflow, false, emptyContext())).rejects.toMatchObject({
      code: 'provider-missing',
      message: expect.stringContaining('gone'),
      hint: expect.stringContaining('--local'),
    });
    const opened = await openProvider(workflow, true, emptyContext());
    expect(opened.workflow).toBe(workflow);
    expect(await opened.provider.runtime.steps(workflow)).toEqual([]);
  });

  it('a cluster whose MinIO a step writes to is asked, though no step runs there', async () => {
    const files = [store('minio.lab'), store('minio.other', { endpoint: 'https://other' })];
    const context = emptyContext({
      FDL_CLUSTER_LAB_ENDPOINT: 'http://127.0.0.1:9',
      FDL_CLUSTER_LAB_TOKEN: 'x',
    });
    const { complete } = await providerFor(workflowOf([step('aws', 'a')], files), false, context);
    expect(complete).toBeDefined();
    const alone = await providerFor(workflowOf([step('aws', 'a')], files.slice(1)), false, context);
    expect(alone.complete).toBeUndefined();
  });

  it('without a file, those count that are configured', async () => {
    const names = async (local: boolean, context: ProviderContext) =>
      (await configuredProviders(local, context)).map(({ name }) => name);
    expect(await names(false, emptyContext())).toEqual(['local']);
    expect(await names(false, emptyContext({ AWS_PROFILE: 'lab' }))).toContain('aws');
    const endpoint = { FDL_CLUSTER_LAB_ENDPOINT: 'https://lab' };
    expect(await names(false, emptyContext(endpoint))).toEqual(['local', 'oscar']);
    expect(await names(true, emptyContext({ AWS_PROFILE: 'lab' }))).toEqual(['local']);
  });
});
