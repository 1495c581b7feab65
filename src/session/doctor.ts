/** Looks at everything that may keep workflows from being deployed or run, all at the same time. */
import { proxiesOf } from '../network.ts';
import { bad, type Check, type Finding, failed, good, open } from '../providers/check.ts';
import { partsToCheck } from '../providers/registry.ts';
import { VERSION } from '../version.ts';
import type { Workflow } from '../workflow/model.ts';
import { providerContext, type SessionSettings, settingsOf } from './settings.ts';

export interface Examined extends Finding {
  readonly about: string;
}

/** Milliseconds that one check may take. */
const PATIENCE = 10_000;

/** Examines this machine and what a workflow needs; without one, what is configured here. */
export async function examine(
  options: SessionSettings,
  workflow?: Workflow,
  patience = PATIENCE,
): Promise<readonly Examined[]> {
  const settings = settingsOf(options);
  const context = providerContext(settings);
  const parts = await partsToCheck(workflow, settings.target === 'local', context);
  const all = [
    ...machineChecks(settings.environment),
    ...parts.flatMap(({ provider }) => provider.checks?.(workflow) ?? []),
  ];
  const found = await Promise.all(all.map((check) => result(check, settings.signal, patience)));
  settings.signal.throwIfAborted();
  return found.flat();
}

/** What a check finds; one that takes too long, or fails, is a finding, too. */
async function result(check: Check, signal: AbortSignal, patience: number): Promise<readonly Examined[]> {
  const { about } = check;
  const limit = AbortSignal.timeout(patience);
  const late = new Promise<Finding>((resolve) => {
    const message = `no answer within ${patience / 1000} s`;
    limit.addEventListener('abort', () => resolve(bad(message, 'Check the network and the address.')));
  });
  const asked = (async () => check.run(AbortSignal.any([signal, limit])))().catch((thrown) =>
    limit.aborted ? late : failed(thrown),
  );
  return [await Promise.race([asked, late])].flat().map((finding) => ({ about, ...finding }));
}

/** Rule: `engines` of package.json. */
const OLDEST_NODE = [20, 19] as const;

function machineChecks(environment: Readonly<Record<string, string | undefined>>): readonly Check[] {
  return [
    { about: 'fdl', run: async () => good(`this is fdl ${VERSION}`) },
    { about: 'Node', run: async () => node(process.versions.node) },
    { about: 'proxy', run: async () => proxy(environment) },
  ];
}

/** Whether a version of Node is new enough. */
export function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least, then] = OLDEST_NODE;
  if (major > least || (major === least && minor >= then)) return good(`this is Node ${version}`);
  return bad(`this is Node ${version}`, `Install Node ${least}.${then} or newer.`);
}

function proxy(environment: Readonly<Record<string, string | undefined>>): readonly Finding[] {
  const proxies = proxiesOf(environment);
  const hosts = [
    ...new Set([proxies?.https, proxies?.http].flatMap((url) => (url ? [new URL(url).host] : []))),
  ];
  const others = ['ALL_PROXY', 'all_proxy'].filter((name) => environment[name]);
  return [
    good(hosts.length > 0 ? `requests go through ${hosts.join(' and ')}` : 'no proxy is named'),
    ...others.map((name) => open(`${name} does not count`, 'Set HTTPS_PROXY and HTTP_PROXY.')),
  ];
}
