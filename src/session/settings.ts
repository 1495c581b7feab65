/** The settings of a session: what it may use of what is around it, and where steps run. */

import { setMaxListeners } from 'node:events';
import { KNOWN_AFTER_APPLY } from '../deploy/plan-document.ts';
import { mergeDeployed } from '../providers/composite-runtime.ts';
import type { ProviderContext, ProviderOptions } from '../providers/provider.ts';
import { configuredProviders, type Opened, openProvider } from '../providers/registry.ts';
import type { DeployedWorkflow, Emit } from '../providers/runtime.ts';
import { Secret, type Text } from '../secret.ts';
import { unsetIn } from '../unset.ts';
import type { Workflow } from '../workflow/model.ts';
import type { SessionEvent } from './events.ts';
import { knownPart } from './known.ts';
import type { GivenParameters } from './parameters.ts';
import { type Target, targetOf } from './target.ts';

export type { Target };

/** What whoever opens a session may set; everything has a default. */
export interface SessionSettings extends GivenParameters {
  /** Variables, with credentials among them; by default those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Variables for `${env:NAME}` besides; by default `.env` beside the FDL file, if it is there. */
  readonly envFile?: string | undefined;
  /** What relative paths start from; by default that of the process. */
  readonly workingDirectory?: string | undefined;
  /** By default what `FDL_TARGET` says, else `cloud`. */
  readonly target?: Target | undefined;
  /** Ends whatever goes on, in order. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what is said while something goes on. */
  readonly emit?: Emit<SessionEvent> | undefined;
  /** Takes texts that no output may show, as soon as they are known. */
  readonly hide?: ((secrets: readonly string[]) => void) | undefined;
}

/** The settings of a session, with the defaults in place. */
export interface Settings extends GivenParameters {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly envFile: string | undefined;
  readonly workingDirectory: string;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly emit: Emit<SessionEvent>;
  readonly hide: (secrets: readonly string[]) => void;
}

export function settingsOf(options: SessionSettings): Settings {
  const { environment = process.env, workingDirectory = process.cwd() } = options;
  const { signal = new AbortController().signal, emit = () => {}, hide = () => {} } = options;
  const target = options.target ?? targetOf(environment);
  const { envFile, parameters, parametersFile } = options;
  // Every call that runs listens to it: more than ten are no leak.
  setMaxListeners(0, signal);
  return { environment, envFile, parameters, parametersFile, workingDirectory, target, signal, emit, hide };
}

/** The settings as providers get them. */
export function providerContext(
  { environment, signal, workingDirectory }: Settings,
  secrets: readonly string[] = [],
  options?: ProviderOptions,
): ProviderContext {
  return { environment, signal, workingDirectory, secrets, options };
}

/**
 * The provider of a workflow and the workflow as it knows it, as far as values are given; the credentials that it found are
 * hidden from now on.
 * @throws FdlError `value-unset`
 */
export async function openWorkflow(
  settings: Settings,
  workflow: Workflow,
  context: ProviderContext,
  mode: Parameters<typeof openProvider>[3] = {},
): Promise<Opened> {
  const known = knownPart(workflow);
  const opened = await openProvider(known, settings.target === 'local', context, mode);
  if (opened.workflow !== known) settings.hide(secretsOf(opened.workflow));
  return opened;
}

function secretsOf({ stores, clusters }: Workflow): readonly string[] {
  const texts: readonly (Text | undefined)[] = [
    ...stores.flatMap(({ credentials }) => Object.values(credentials)),
    ...clusters.map(({ password }) => password),
  ];
  const secrets = texts.flatMap((text) => (text instanceof Secret && !unsetIn(text) ? [text.reveal()] : []));
  // What stands for a value that nobody was asked for is none.
  return secrets.filter((text) => text !== KNOWN_AFTER_APPLY);
}

// What is set up when no file says where to look.

/** A provider, or a part of it, that could not be asked, and why. */
export interface Unreached {
  readonly provider: string;
  readonly error: unknown;
}

/** Lists the workflows here and on all providers that are configured. One that cannot be asked does not hide the others. */
export async function listDeployed(options: SessionSettings = {}): Promise<{
  readonly workflows: readonly DeployedWorkflow[];
  readonly unreached: readonly Unreached[];
}> {
  const settings = settingsOf(options);
  const parts = await configuredProviders(settings.target === 'local', providerContext(settings));
  const answers = await Promise.all(
    parts.map(async ({ name, provider }) => {
      const unreached: Unreached[] = [];
      const missed = (error: unknown) => void unreached.push({ provider: name, error });
      const workflows = await provider.runtime.deployed(missed).catch((thrown) => {
        settings.signal.throwIfAborted();
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
