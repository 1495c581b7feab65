/** Finds out which image each step is to run, one composed for it or one of the account's registry as it is, and runs now. */
import { FdlError, type Place } from '../../../errors.ts';
import { readBase } from '../../../image/base.ts';
import { readManifest, refusedByLambda } from '../../../image/manifest.ts';
import { formatReference, type ImageReference, parseReference } from '../../../image/reference.ts';
import type { RegistryClient } from '../../../image/registry/client.ts';
import { findDigest, getManifest } from '../../../image/registry/manifests.ts';
import {
  DEFAULT_RUNTIME,
  identifyImage,
  LAMBDA_IMAGE_BYTES,
  type StepImage,
} from '../../../image/step-image.ts';
import { type Memory, openMemory } from '../../../memory.ts';
import type { BatchTarget } from '../../../supervisor/config.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { readScript } from '../../script.ts';
import { type Asking, getFunction } from '../api/function.ts';
import { latestDefinition } from '../api/job-definition.ts';
import { isOwned, TAG, type Tags } from '../api/tags.ts';
import { registryRegion, runsGivenImage } from '../dialect/ecr.ts';
import { architectureOf } from '../dialect/platform.ts';
import type { AwsStep } from '../dialect/step.ts';
import {
  type AwsFacts,
  type DeployedImage,
  type ImageFacts,
  type StepFacts,
  stepDeployments,
} from '../facts.ts';
import { batchTarget, machinesOf } from '../machines.ts';
import { registryHost, repositoryName } from '../names.ts';
import type { Site } from '../site.ts';
import { runsFunction } from '../step.ts';
import { imageKey, stepConfig } from '../step-config.ts';
import { composedDigest } from './composed-image.ts';

interface ImageDeps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly updateRuntime: boolean;
  readonly registry: () => Promise<RegistryClient>;
  /** What kinds need not ask again. */
  readonly memory?: Memory | undefined;
  readonly supervisor: () => Promise<Uint8Array>;
}

/** Answers the image of a step; see `awsFacts` for what it rejects with. */
type Images = (step: AwsStep, facts: StepFacts, previous: DeployedImage | undefined) => Promise<ImageFacts>;

/** A function that identifies the images of steps, given what is deployed of any of them. */
export function openImages(
  workflow: Workflow,
  accounts: AwsFacts,
  deployed: readonly (DeployedImage | undefined)[],
  deps: ImageDeps,
): Images {
  const runtimeFor = openRuntimes(deployed, deps);
  const names = openMemory();
  const targets = jobTargets(workflow, accounts);
  return async (step, facts, previous) => {
    if (runsGivenImage(step)) return givenImage(step, facts, deps);
    const client = await deps.registry();
    const runtime = await runtimeFor(previous);
    const identified = await identifyImage(
      client,
      await stepImage(workflow, step, facts, { runtime, target: targets.get(step.id) }, deps),
      names,
    );
    const image = { ...identified, key: imageKey(step, identified) };
    // What is deployed is there; anything else is looked at before anything is made.
    const isThere =
      previous?.tag === image.tag || (await composedDigest(deps, image, { planning: true })) !== undefined;
    if (isThere) return { kind: 'composed', image, previous };
    const { manifest } = await readBase(client, image);
    const packedBytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
    return { kind: 'composed', image, previous, packedBytes };
  };
}

/** Where the functions of steps pass events on to, by the ids of the steps. */
function jobTargets(workflow: Workflow, accounts: AwsFacts): ReadonlyMap<string, BatchTarget> {
  const groups = machinesOf(stepDeployments(workflow, accounts));
  return new Map(
    groups.flatMap((machines) =>
      machines.steps
        .filter(({ step }) => runsFunction(step))
        .map(({ step, facts }) => [step.id, batchTarget(step, facts, machines)]),
    ),
  );
}

async function givenImage(
  { id, image = '', place, mode }: AwsStep,
  { site }: StepFacts,
  { registry }: ImageDeps,
): Promise<ImageFacts> {
  const region = registryRegion(image);
  if (region !== site.region) {
    const message = `the image ${image} is in ${region}, but "${id}" runs in ${site.region}`;
    const hint = `Push it to the registry of ${site.region} too: AWS Lambda takes images of its own region only.`;
    throw new FdlError('image-region', message, { hint, place });
  }
  const reference = parseReference(image);
  const client = await registry();
  const digest = await requiredDigest(client, image);
  if (mode !== 'batch') await requireForLambda(client, { ...reference, digest }, place);
  return { kind: 'given', uri: `${reference.registry}/${reference.repository}@${digest}` };
}

/** @throws FdlError `image-unsupported` */
async function requireForLambda(client: RegistryClient, reference: ImageReference, place: Place) {
  const { bytes, mediaType } = await getManifest(client, reference);
  const name = formatReference(reference);
  const why = refusedByLambda(readManifest(Buffer.from(bytes).toString('utf8'), mediaType, name));
  if (why === undefined) return;
  const hint =
    'Build it for one platform, with "docker buildx build --provenance=false --output type=image,compression=gzip,force-compression=true".';
  throw new FdlError('image-unsupported', `AWS Lambda cannot run the image ${name}: ${why}`, { hint, place });
}

async function stepImage(
  workflow: Workflow,
  step: AwsStep,
  { site, account, partition }: StepFacts,
  { runtime, target }: { readonly runtime: string; readonly target: BatchTarget | undefined },
  deps: ImageDeps,
): Promise<StepImage> {
  const { image: base, imageFile: archive, script, payload } = step;
  if (base === undefined) throw new FdlError('missing-image', `"${step.id}" has no container image`);
  return {
    step: step.name,
    base,
    ...(archive !== undefined && { archive }),
    runtime,
    architecture: architectureOf(step),
    target: {
      registry: registryHost(account, site.region, partition),
      repository: repositoryName(workflow.name),
    },
    maxBytes: runsFunction(step) ? LAMBDA_IMAGE_BYTES : undefined,
    supervisor: await deps.supervisor(),
    script: script && readScript(script),
    configuration: { ...stepConfig(workflow, step, target) },
    payload: payload && { source: payload.path },
  };
}

type Runtimes = (previous: DeployedImage | undefined) => Promise<string>;

/**
 * The image that Node is taken from, with its digest. What is deployed stays as it is, and new steps take what the
 * others have, unless an update is asked for: a tag that moved is no reason to deploy everything anew.
 */
function openRuntimes(deployed: readonly (DeployedImage | undefined)[], deps: ImageDeps): Runtimes {
  const chosen = deps.environment['FDL_RUNTIME_IMAGE'];
  const name = chosen || DEFAULT_RUNTIME;
  const pinned = (digest: string) => formatReference({ ...parseReference(name), digest });
  let latest: Promise<string> | undefined;
  const takeLatest = () => {
    latest ??= deps.registry().then(async (client) => pinned(await requiredDigest(client, name)));
    return latest;
  };
  const kept = new Map<string, Promise<string>>();
  // A registry that somebody chose since then may not have what was taken from another one.
  const keep = async (digest: string) => {
    const there = !chosen || (await findDigest(await deps.registry(), parseReference(pinned(digest))));
    return there ? pinned(digest) : takeLatest();
  };
  return async (previous) => {
    if (parseReference(name).digest !== undefined) return name;
    const digest = previous?.runtime ?? deployed.find((each) => each !== undefined)?.runtime;
    if (deps.updateRuntime || digest === undefined) return takeLatest();
    const answer = kept.get(digest) ?? keep(digest);
    kept.set(digest, answer);
    return answer;
  };
}

async function requiredDigest(client: RegistryClient, name: string): Promise<string> {
  const reference = parseReference(name);
  const digest = await findDigest(client, reference);
  if (digest !== undefined) return digest;
  throw new FdlError('image-not-found', `there is no image ${formatReference(reference)}`, {
    hint: 'Check the name and the tag.',
  });
}

type ReadDeps = Asking & { readonly signal: AbortSignal };

/** What is deployed of a step; nothing where what runs it is not there, is not ours, or runs an image of others. */
export async function deployedImage(
  workflow: Workflow,
  step: AwsStep,
  site: Site,
  deps: ReadDeps,
): Promise<DeployedImage | undefined> {
  const read = runsFunction(step) ? ofFunction : ofJobs;
  const { tags, uri } = await read(step.name, site, deps);
  const { [TAG.image]: tag, [TAG.base]: base, [TAG.runtime]: runtime } = tags ?? {};
  if (!isOwned(tags, workflow.name) || !uri || !tag || !base || !runtime) return undefined;
  return { uri, tag, base, runtime };
}

interface Running {
  readonly tags?: Tags | undefined;
  readonly uri?: string | undefined;
}

async function ofFunction(name: string, site: Site, { signal, ...deps }: ReadDeps): Promise<Running> {
  const found = await getFunction(deps, { site, name }, { signal, planning: true });
  return { tags: found?.Tags, uri: found?.Code?.ImageUri };
}

async function ofJobs(name: string, site: Site, deps: ReadDeps): Promise<Running> {
  const { tags, container } = await latestDefinition(name, site, deps);
  return { tags, uri: container?.image };
}
