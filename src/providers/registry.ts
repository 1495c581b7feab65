/** All providers, by what a step names or a command line asks for. Each is loaded when a workflow needs it. */
import { FdlError } from '../errors.ts';
import type { Workflow } from '../workflow/model.ts';
import type { Provider, ProviderContext } from './provider.ts';

/** What `--local` stands for. */
export const LOCAL = 'local';

type Load = (context: ProviderContext) => Promise<Provider>;

const PROVIDERS: Readonly<Record<string, Load>> = {
  [LOCAL]: async (context) => (await import('./local/index.ts')).localProvider(context),
};

/**
 * The provider of a workflow: this machine where that is asked for, else what its steps name.
 * @throws FdlError `provider-missing`: this release cannot deploy to it
 */
export async function providerFor(
  workflow: Workflow,
  local: boolean,
  context: ProviderContext,
): Promise<Provider> {
  const names = local ? [LOCAL] : [...new Set(workflow.steps.map(({ provider }) => provider))];
  const missing = names.find((name) => !PROVIDERS[name]);
  const load = PROVIDERS[names[0] ?? LOCAL];
  if (load && !missing) return load(context);
  throw new FdlError('provider-missing', `this release of fdl cannot deploy to ${missing}`, {
    hint: 'Add --local, which runs every step on this machine.',
  });
}
