/** Registries and clients that end with the test that opened them. */
import { afterEach } from 'vitest';
import type { ClientOptions } from '../../src/image/registry/client.ts';
import { quickClient } from './clients.ts';
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from './fake-registry.ts';

/** To be called once in a file of tests. */
export function openedPerTest() {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
  const fake = async (options?: FakeOptions): Promise<FakeRegistry> => {
    const registry = await startFakeRegistry(options);
    open.push(registry);
    return registry;
  };
  const client = (options?: Partial<ClientOptions>) => {
    const made = quickClient(options);
    open.push(made);
    return made;
  };
  return { fake, client };
}
