/** What a workflow is to look like on its clusters, and what people should know before they deploy it. Pure. */
import { type Ref, type Resource, ref } from '../../deploy/resource.ts';
import { Secret } from '../../secret.ts';
import { splitPath } from '../../storage/uri.ts';
import type { Folder, Step, Workflow } from '../../workflow/model.ts';
import type { Neighbours } from '../provider.ts';
import { isSince } from './api/answers.ts';
import { clusterStores, isOscar, type OscarStep, oscarSteps } from './dialect/step.ts';
import type { OscarFacts } from './facts.ts';
import { oscarId } from './kinds/deps.ts';
import { storeReference } from './kinds/service/storage-providers.ts';
import { wantedVolume } from './kinds/volume/index.ts';
import { failureOf, payloadOf, reached } from './step-payload.ts';

interface Place {
  readonly cluster: string;
  readonly bucket: string;
}

interface Listened extends Place {
  readonly step: OscarStep;
  readonly prefix: string;
}

/** Services, the buckets of clusters, and what tells services of new files. */
export function oscarDesired(
  workflow: Workflow,
  facts: OscarFacts,
  neighbours: Neighbours,
): readonly Resource[] {
  const steps = oscarSteps(workflow);
  return [
    ...bucketResources(workflow, facts),
    ...volumeResources(steps, facts),
    ...steps.map((step) => serviceResource(workflow, step, facts, neighbours)),
    ...triggerResources(steps.flatMap((step) => listenedBy(workflow, step, facts))),
  ];
}

/** The address of a service that is exposed. */
export function oscarEndpoint(workflow: Workflow, id: string): Ref | undefined {
  const step = oscarSteps(workflow, id)[0];
  return step?.hasAddress ? ref(serviceId(step), 'url') : undefined;
}

function bucketResources(workflow: Workflow, facts: OscarFacts): readonly Resource[] {
  const uses = workflow.steps.flatMap((step) =>
    placesOf(workflow, step, facts).map((place) => ({ step, place })),
  );
  const places = new Map(uses.map(({ place }) => [bucketId(place), place]));
  return [...places].map(([id, { cluster, bucket }]) => {
    const users = uses.filter(({ place }) => bucketId(place) === id).map(({ step }) => step);
    const services = users.flatMap((step) => {
      const makes = isOscar(step) && step.cluster === cluster && makesBucket(step, bucket, facts);
      return makes ? [step.name] : [];
    });
    // What others use as well must be there before them: nobody waits for a service.
    const isAlone = services.length === users.length;
    const props = { cluster, bucket, ...(isAlone && { madeWith: [...new Set(services)] }) };
    return { id, kind: 'oscar/bucket', props, dependsOn: [] };
  });
}

/** Before 3.6.4 a bucket that is only mounted is not made with the service: see `mountReference`. */
function makesBucket(step: OscarStep, bucket: string, facts: OscarFacts): boolean {
  const isInOrOut = [...step.inputs, ...step.outputs].some((folder) => folder.bucket === bucket);
  return isInOrOut || isSince(reached(facts, step.cluster)?.release ?? '', '3.6.4');
}

/** Volumes that steps ask for with a size; several may share one. */
function volumeResources(steps: readonly OscarStep[], facts: OscarFacts): readonly Resource[] {
  const wanted = steps.flatMap((step) => volumeOf(step, facts) ?? []);
  const volumes = new Map(wanted.map((props) => [oscarId(props.cluster, 'volume', props.name), props]));
  return [...volumes].map(([id, props]) => ({ id, kind: 'oscar/volume', props, dependsOn: [] }));
}

function volumeOf(step: OscarStep, facts: OscarFacts) {
  return wantedVolume(step, reached(facts, step.cluster)?.release ?? '');
}

function bucketId({ cluster, bucket }: Place): string {
  return oscarId(cluster, 'bucket', bucket);
}

function serviceId({ cluster, name }: OscarStep): string {
  return oscarId(cluster, 'service', name);
}

/** The buckets of clusters that a step has to do with. */
function placesOf(workflow: Workflow, step: Step, facts: OscarFacts): readonly Place[] {
  const folders = [...step.inputs, ...step.outputs].flatMap((folder) => {
    const cluster = clusterOf(workflow, step, folder, facts);
    return cluster === undefined ? [] : [{ cluster, bucket: folder.bucket }];
  });
  const all = isOscar(step) ? [...folders, ...mounted(workflow, step, facts)] : folders;
  return all.filter(({ cluster }) => !facts.closed.has(cluster));
}

/** The cluster whose own MinIO a folder is in. */
function clusterOf(
  workflow: Workflow,
  step: Step,
  { store }: Pick<Folder, 'store'>,
  facts: OscarFacts,
): string | undefined {
  if (isOscar(step) && isOwn(workflow, step, store, facts)) return step.cluster;
  return clusterStores(workflow).find(({ id }) => id === store)?.name;
}

function isOwn(workflow: Workflow, step: OscarStep, store: string, facts: OscarFacts): boolean {
  const stores = new Map(workflow.stores.map((each) => [each.id, each]));
  const ownMinio = reached(facts, step.cluster)?.minio.endpoint;
  return storeReference(step, store, { stores, ownMinio }) === 'minio.default';
}

function mounted(workflow: Workflow, step: OscarStep, facts: OscarFacts): readonly Place[] {
  const { mount } = step.settings;
  if (!mount?.path || !isOwn(workflow, step, mount.storage_provider ?? 'minio', facts)) return [];
  return [{ cluster: step.cluster, bucket: splitPath(mount.path).bucket }];
}

function serviceResource(
  workflow: Workflow,
  step: OscarStep,
  facts: OscarFacts,
  neighbours: Neighbours,
): Resource {
  const cluster = reached(facts, step.cluster);
  const isKnown = facts.purpose === 'apply' && failureOf(workflow, step, facts) === undefined;
  const service =
    cluster && isKnown ? payloadOf(workflow, step, cluster, facts, neighbours).service : undefined;
  const buckets = placesOf(workflow, step, facts).map(bucketId);
  const volume = volumeOf(step, facts);
  const volumes = volume ? [oscarId(volume.cluster, 'volume', volume.name)] : [];
  return {
    id: serviceId(step),
    kind: 'oscar/service',
    step: step.id,
    props: { cluster: step.cluster, name: step.name, step: step.id, ...(service && { service }) },
    dependsOn: [...new Set([...buckets, ...volumes])],
  };
}

function listenedBy(workflow: Workflow, step: OscarStep, facts: OscarFacts): readonly Listened[] {
  return step.inputs
    .filter(({ store }) => !facts.closed.has(step.cluster) && isOwn(workflow, step, store, facts))
    .map(({ bucket, prefix }) => ({
      cluster: step.cluster,
      bucket,
      step,
      prefix: prefix === '' ? '' : `${prefix}/`,
    }));
}

function triggerResources(listened: readonly Listened[]): readonly Resource[] {
  const ids = [...new Set(listened.map(bucketId))];
  return ids.flatMap((id) => {
    const here = listened.filter((each) => bucketId(each) === id);
    const [first] = here;
    if (!first) return [];
    const { cluster, bucket } = first;
    const entries = here.map(({ step, prefix }) => ({ service: step.name, prefix }));
    const services = new Set(here.map(({ step }) => serviceId(step)));
    return {
      id: oscarId(cluster, 'trigger', bucket),
      kind: 'oscar/trigger',
      props: { cluster, bucket, entries: distinct(entries) },
      dependsOn: [id, ...services],
    };
  });
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** Whole sentences: how clusters are reached, and what they do not know or do not show. */
export function oscarNotes(workflow: Workflow, facts: OscarFacts): readonly string[] {
  if (facts.purpose === 'remove') return facts.warnings;
  return [
    ...facts.warnings,
    ...closedNotes(facts),
    ...oscarSteps(workflow).flatMap((step) => stepNotes(workflow, step, facts)),
    ...secretNote(workflow),
  ];
}

function closedNotes(facts: OscarFacts): readonly string[] {
  return [...facts.closed].map((id) => {
    const endpoint = reached(facts, id)?.minio.endpoint;
    return `The MinIO of cluster ${id} (${endpoint}) cannot be reached from here: the cluster makes buckets for new services itself, services cannot share one, and they stay when services go.`;
  });
}

function stepNotes(workflow: Workflow, step: OscarStep, facts: OscarFacts): readonly string[] {
  const cluster = reached(facts, step.cluster);
  if (!cluster || failureOf(workflow, step, facts) !== undefined) return [];
  return payloadOf(workflow, step, cluster, facts).warnings;
}

function secretNote(workflow: Workflow): readonly string[] {
  const steps = oscarSteps(workflow).filter(hasSecrets);
  if (steps.length === 0) return [];
  const names = steps.map(({ id }) => `"${id}"`).join(', ');
  return [
    `Clusters do not show the values of secrets: a new value of one is sent only when something else of ${names} changes.`,
  ];
}

function hasSecrets({ environment, settings }: OscarStep): boolean {
  const given = { ...settings.environment?.Secrets, ...settings.environment?.secrets };
  return Object.keys(given).length > 0 || Object.values(environment).some((value) => value instanceof Secret);
}
