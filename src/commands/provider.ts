/** The provider of a workflow, opened with what a command line gives it. */
import type { ProviderContext, ProviderOptions } from '../providers/provider.ts';
import { type Opened, openProvider } from '../providers/registry.ts';
import { Secret, type Text } from '../secret.ts';
import type { Workflow } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';

/** What providers get of the world of a command. */
export function providerContext(context: CommandContext, options?: ProviderOptions): ProviderContext {
  const { environment, signal, workingDirectory } = context;
  return { environment, signal, workingDirectory, options };
}

/** The provider of a workflow and the workflow as it knows it; the credentials that it found are hidden from now on. */
export async function openWorkflow(
  context: CommandContext,
  workflow: Workflow,
  local: boolean,
  options?: ProviderOptions,
): Promise<Opened> {
  const opened = await openProvider(workflow, local, providerContext(context, options));
  if (opened.workflow !== workflow) context.terminal.hide(secretsOf(opened.workflow));
  return opened;
}

function secretsOf({ stores, clusters }: Workflow): readonly string[] {
  const texts: readonly (Text | undefined)[] = [
    ...stores.flatMap(({ credentials }) => Object.values(credentials)),
    ...clusters.map(({ password }) => password),
  ];
  return texts.flatMap((text) => (text instanceof Secret ? [text.reveal()] : []));
}
