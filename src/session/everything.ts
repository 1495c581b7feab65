/** What is set up when no file says where to look. */
import { mergeDeployed } from '../providers/composite-runtime.ts';
import type { DeployedWorkflow } from '../providers/provider.ts';
import { configuredProviders } from '../providers/registry.ts';
import { providerContext, type WorldOptions, worldOf } from './world.ts';

/** A provider, or a part of it, that could not be asked, and why. */
export interface Unreached {
  readonly provider: string;
  readonly error: unknown;
}

/** Lists the workflows here and on all providers that are configured. One that cannot be asked does not hide the others. */
export async function listDeployed(options: WorldOptions = {}): Promise<{
  readonly workflows: readonly DeployedWorkflow[];
  readonly unreached: readonly Unreached[];
}> {
  const world = worldOf(options);
  const parts = await configuredProviders(world.target === 'local', providerContext(world));
  const answers = await Promise.all(
    parts.map(async ({ name, provider }) => {
      const unreached: Unreached[] = [];
      const missed = (error: unknown) => void unreached.push({ provider: name, error });
      const workflows = await provider.runtime.deployed(missed).catch((thrown) => {
        world.signal.throwIfAborted();
        missed(thrown);
        return [];
      });
      return { workflows, unreached };
    }),
  );
  return {
    workflows: mergeDeployed(answers.flatMap(({ workflows }) => workflows)),
    unreached: answers.flatMap(({ unreached }) => unreached),
  };
}
