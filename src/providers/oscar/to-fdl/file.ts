/** Services of a cluster → an FDL file that makes them again. Pure. */
import { dump } from 'js-yaml';
import type { Props } from '../../../deploy/resource.ts';
import { isCopy, ownerOf, STEP_ANNOTATION } from '../annotations.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import { storesText } from './providers-text.ts';
import { outlineOf, serviceText } from './service.ts';

export interface FdlFile {
  /** What the file says, as JSON has it. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The same as YAML, with the notes on top. */
  readonly text: string;
  /** Whole sentences: what the file does not say, and what whoever applies it has to do. */
  readonly notes: readonly string[];
}

/** Where services are from. */
interface From {
  /** Id of the cluster. */
  readonly cluster: string;
  /** Name of the workflow, where no service says one. */
  readonly name: string;
  /** Sizes of the volumes that were made for services, by the names of these. */
  readonly sizes: ReadonlyMap<string, string>;
  /** Only what it takes to find what belongs to the services. */
  readonly isOutline?: boolean;
  /** More that is to be said. */
  readonly notes?: readonly string[];
}

/** Their order stays. What a federation made of services of other clusters is left out. */
export function fdlFile(
  services: readonly ServiceAnswer[],
  { cluster, name, sizes, isOutline = false, notes: more = [] }: From,
): FdlFile {
  const own = isOutline ? services : services.filter((service) => !isCopy(service));
  const written = own.map((service) => {
    const text = serviceText(service, sizes.get(service.name));
    return { service, ...(isOutline ? outlineOf(text) : text) };
  });
  const stores = storesText(written);
  const { workflow, notes: marks } = workflowOf(own, name);
  const notes = [
    ...marks,
    ...more,
    ...services
      .filter(isCopy)
      .map((service) => `${service.name} is left out: a federation made it of a service of another cluster.`),
    ...written.flatMap(({ service, notes: each }) => each.map((note) => `${service.name}: ${note}`)),
    ...stores.notes,
  ];
  const definition = {
    name: workflow,
    functions: { oscar: written.map(({ entry }) => ({ [cluster]: entry })) },
    ...(Object.keys(stores.providers).length > 0 && { storage_providers: stores.providers }),
  };
  return { definition, text: textOf(definition, cluster, notes), notes };
}

/** The workflow that made the services: another one may not change them. */
function workflowOf(services: readonly ServiceAnswer[], name: string) {
  const makers = services.map((service) => ownerOf(service)?.workflow);
  const [first] = makers;
  if (first !== undefined && makers.every((maker) => maker === first)) {
    return { workflow: first, notes: renamed(services) };
  }
  const others = [...new Set(makers)].flatMap((maker) => maker ?? []);
  const note =
    others.length === 0
      ? 'fdl did not make this: the first apply takes --adopt.'
      : `services of several workflows (${others.join(', ')}): apply takes --adopt, or export each with --workflow.`;
  return { workflow: name, notes: services.length > 0 ? [note] : [] };
}

/** A step has the name of its cluster in front where another cluster of its file has a service of that name. */
function renamed(services: readonly ServiceAnswer[]): readonly string[] {
  return services.flatMap((service) => {
    const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
    const step = annotations[STEP_ANNOTATION] ?? service.name;
    if (step === service.name) return [];
    return [
      `${service.name} was the step ${step} of a file with more clusters: services there are not in this file.`,
    ];
  });
}

/** Scripts as blocks, no line broken. */
function textOf(definition: Props, cluster: string, notes: readonly string[]): string {
  const head = [
    `Services of the OSCAR cluster ${cluster}, as it shows them.`,
    ...notes.map((note) => `- ${note}`),
  ];
  const comment = head.map((line) => `# ${line.replaceAll(/\s+/g, ' ')}\n`).join('');
  return comment + dump(definition, { lineWidth: -1, noRefs: true });
}
