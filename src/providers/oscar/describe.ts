/** What actions on clusters mean in words, and which clusters a workflow is deployed to. */
import type { PlannedAction } from '../../deploy/action.ts';
import type { Description, Target } from '../../deploy/description.ts';
import { KNOWN_AFTER_APPLY } from '../../deploy/plan-document.ts';
import type { Props, Value } from '../../deploy/resource.ts';
import type { OscarFacts } from './facts.ts';
import type { TriggerProps } from './kinds/trigger/index.ts';
import type { VolumeProps } from './kinds/volume/index.ts';

/** The clusters that answered, in the order of the file. */
export function oscarTargets({ clusters }: OscarFacts): readonly Target[] {
  return [...clusters].flatMap(([cluster, outcome]) => {
    if ('failure' in outcome) return [];
    const { endpoint } = outcome;
    const cannotSay = endpoint === KNOWN_AFTER_APPLY;
    const text = `OSCAR cluster ${cluster}${cannotSay ? '' : ` (${hostOf(endpoint)})`}`;
    return [{ provider: 'oscar', cluster, ...(cannotSay ? {} : { endpoint }), text }];
  });
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}

/** The main properties of what is created. */
export function describeOscar({ action, kind, resource }: PlannedAction): Description | undefined {
  if (action !== 'create') return undefined;
  const phrases = phrasesOf(kind, resource?.props ?? {});
  return phrases.length > 0 ? { lines: [phrases] } : undefined;
}

function phrasesOf(kind: string, props: Props): readonly string[] {
  if (kind === 'oscar/service') return serviceInWords((props['service'] ?? {}) as Props);
  if (kind === 'oscar/volume') return [(props as VolumeProps).size];
  if (kind !== 'oscar/trigger') return [];
  const { bucket, entries } = props as TriggerProps;
  return entries.map(({ service, prefix }) => `new files minio://${bucket}/${prefix}* start ${service}`);
}

function serviceInWords({ image, cpu, memory, script, enable_gpu }: Props): readonly string[] {
  return [
    ...part('image', image),
    ...part('cpu', cpu),
    ...part('memory', memory),
    ...(enable_gpu === true ? ['a GPU'] : []),
    ...(typeof script === 'string' ? [`a script of ${countLines(script)}`] : []),
  ];
}

function part(name: string, value: Value): readonly string[] {
  return typeof value === 'string' && value !== '' ? [`${name} ${value}`] : [];
}

function countLines(script: string): string {
  const count = script.trimEnd().split('\n').length;
  return `${count} ${count === 1 ? 'line' : 'lines'}`;
}
