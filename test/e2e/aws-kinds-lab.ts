/** Kinds of AWS at the stand-in of it, with a real registry for the images of the workflow `shop`. */
import type { Change, Props, ResourceKind } from '../../src/deploy/resource.ts';
import { identifyImage, type StepImage } from '../../src/image/step-image.ts';
import { type Clients, openClients } from '../../src/providers/aws/api/clients.ts';
import { openTagged } from '../../src/providers/aws/api/tagged.ts';
import { ownTags } from '../../src/providers/aws/api/tags.ts';
import { awsRegistry } from '../../src/providers/aws/images/registry.ts';
import type { AwsDeps } from '../../src/providers/aws/kinds/deps.ts';
import type { FunctionProps } from '../../src/providers/aws/kinds/function/index.ts';
import { type ImageAttrs, type ImageProps, imageKind } from '../../src/providers/aws/kinds/image/index.ts';
import type { Site } from '../../src/providers/aws/site.ts';
import { fakeCall } from '../providers/aws/fake-clients.ts';
import { ACCOUNT, type Aws } from '../standins/aws/index.ts';
import { NODE_IMAGE, openAccount } from './aws-account.ts';
import type { Clients as StandinClients } from './aws-lab.ts';
import { addBusybox } from './image-lab.ts';

export const SITE: Site = { region: 'us-east-1' };
export const HOST = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`;

export interface KindsLab {
  readonly aws: Aws;
  readonly standin: StandinClients;
  readonly clients: Clients;
  /** What kinds need; they know how these images are made. */
  deps(images?: readonly StepImage[]): Promise<AwsDeps>;
  /** Makes an image of the step `resize`: a new one for each configuration. */
  compose(configuration: StepImage['configuration']): Promise<ImageAttrs>;
  close(): Promise<void>;
}

/** Starts everything; the hub has an image of Node and one of busybox. */
export async function openKindsLab(): Promise<KindsLab> {
  const account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh']) } });
  const { aws, env: environment } = account;
  const { clients, kindDeps } = kindsAt(aws);
  const registry = awsRegistry({ environment, signal: fakeCall().signal }, { clients, sites: [SITE] });
  const deps = async (images: readonly StepImage[] = []): Promise<AwsDeps> => {
    const { client } = await registry.open();
    const identified = await Promise.all(images.map((image) => identifyImage(client, image)));
    const byTag = new Map(identified.map((image) => [image.tag, image]));
    return { ...kindDeps, images: byTag, registry: registry.open };
  };
  return {
    ...{ aws, clients, deps, standin: account.clients },
    compose: async (configuration) => {
      const withImage = await deps([imageOf(configuration)]);
      const [tag = ''] = withImage.images.keys();
      return imageKind(withImage).reconcile(imageProps(tag), fakeCall());
    },
    close: async () => {
      await registry.close();
      await account.close();
    },
  };
}

/** Clients of the stand-in, and what kinds need that have nothing to do with images. */
export function kindsAt(aws: Aws) {
  Object.assign(process.env, aws.env);
  const clients = openClients(process.env);
  const kindDeps: AwsDeps = {
    ...{ clients, workflow: 'shop', deleteData: false, sites: [SITE], buckets: [] },
    known: [{ kind: 'aws/image', id: 'aws/us-east-1/image/resize', props: { step: 'resize' } }],
    tagged: openTagged(clients, 'shop'),
    images: new Map(),
    bundles: new Map(),
    registry: () => Promise.reject(new Error('there is no registry')),
  };
  return { clients, kindDeps };
}

export function imageOf(configuration: StepImage['configuration']): StepImage {
  return {
    step: 'resize',
    base: 'me/busybox:1',
    runtime: NODE_IMAGE,
    architecture: 'x86_64',
    target: { registry: HOST, repository: 'fdl/shop' },
    supervisor: Buffer.from('// the program'),
    script: Buffer.from('#!/bin/sh\n'),
    configuration,
  };
}

export function imageProps(tag: string): ImageProps {
  const names = { site: SITE, step: 'resize', repository: 'fdl/shop', registry: HOST };
  return { ...names, tag, base: 'me/busybox@sha256:1', runtime: 'sha256:2' };
}

/** A function that runs an image in a role. */
export function resizeProps(
  image: string,
  role: string,
  changes: Partial<FunctionProps> = {},
): FunctionProps {
  return {
    ...{
      site: SITE,
      name: 'resize',
      code: { image },
      role,
      architecture: 'x86_64',
      memory: 512,
      timeout: 300,
    },
    ...{ ephemeralStorage: 512, environment: { LEVEL: 'high' }, fileSystems: [], preheat: false },
    logGroup: '/aws/lambda/shop',
    tags: ownTags('shop', 'resize'),
    ...changes,
  };
}

/** What is there, and what of it differs. */
export async function readWith<P extends Props, A extends Props>(
  kind: ResourceKind<P, A>,
  props: P,
): Promise<{ readonly owned: boolean; readonly attrs: A; readonly changes: readonly Change[] }> {
  const observed = await kind.read(props, fakeCall());
  if (!observed) throw new Error(`there is no ${kind.title}`);
  return { ...observed, changes: kind.changes(props, observed.attrs) };
}
