/** What is known of the steps of a workflow before they are set up, and the ids of what is made for each. */
import { type Ref, ref } from '../../deploy/resource.ts';
import type { IdentifiedImage } from '../../image/step-image.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Account } from './api/account.ts';
import { ownTags, type Tags } from './api/tags.ts';
import type { Archive } from './api/zip.ts';
import type { AwsStep } from './dialect/step.ts';
import { RESERVED_TAG } from './dialect/texts.ts';
import { logGroupName } from './names.ts';
import { awsId, type Site } from './site.ts';
import { awsSteps } from './step.ts';

/** Where a step is deployed to, and what it runs. */
export interface StepFacts extends Account {
  readonly site: Site;
  /** Absent where the workflow is to be removed. */
  readonly image?: ImageFacts | undefined;
  /** Of steps with jobs; absent as the image. */
  readonly batch?: BatchFacts | undefined;
}

/** By the ids of steps. */
export type AwsFacts = ReadonlyMap<string, StepFacts>;

/** An image of ours that is deployed, as what runs it tells of it: a function, or the definition of jobs. */
export type DeployedImage = {
  /** With its digest. */
  readonly uri: string;
  /** In the workflow's repository. */
  readonly tag: string;
  /** The user's image, with its digest. */
  readonly base: string;
  /** Digest of the image that Node was taken from. */
  readonly runtime: string;
};

export type ImageFacts =
  /** An image of the account's registry: `host/repository@sha256:…`. */
  | { readonly kind: 'given'; readonly uri: string }
  /** An image that is composed for the step. */
  | {
      readonly kind: 'composed';
      readonly image: IdentifiedImage;
      readonly previous?: DeployedImage | undefined;
      /** Bytes of the user's image as it lies in its registry; known until the step's image is made of it. */
      readonly packedBytes?: number | undefined;
    };

/** Of a step with jobs: the network that its machines start in, and the function that passes events on. */
export interface BatchFacts {
  /** Ids, in an order of their own. */
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Whether a job with a network of its own gets out by a public address there; without one, only by other ways. */
  readonly publicIp: boolean;
  /** What would keep the jobs of the step waiting: whole sentences. */
  readonly warnings: readonly string[];
  /** The function that passes events on. */
  readonly gateway: Archive;
}

export interface StepDeployment {
  readonly workflow: Workflow;
  readonly step: AwsStep;
  readonly facts: StepFacts;
}

/** The steps on AWS, each with its facts. */
export function stepDeployments(workflow: Workflow, facts: AwsFacts): readonly StepDeployment[] {
  return awsSteps(workflow).flatMap((step) => {
    const found = facts.get(step.id);
    return found ? [{ workflow, step, facts: found }] : [];
  });
}

/** SCAR writes `{account_id}` where the number of the account is meant. */
export function inAccount(arn: string, { facts }: Pick<StepDeployment, 'facts'>): string {
  return arn.trim().replaceAll('{account_id}', facts.account);
}

/** Id of what is made for a step, named like the step unless another name is given. */
export function idFor({ step, facts }: StepDeployment, kind: string, name: string = step.name): string {
  return awsId(facts.site, kind, name);
}

/** The function of a step, or another one of this name, as others refer to it. */
export function functionArn(deployment: StepDeployment, name?: string): Ref {
  return ref(idFor(deployment, 'function', name), 'arn');
}

/** An ARN in the account and the region of a step. */
export function arnFor({ facts }: StepDeployment, service: string, resource: string): string {
  const { partition, account, site } = facts;
  return `arn:${partition}:${service}:${site.region}:${account}:${resource}`;
}

/** The log group of a step's function. */
export function logGroupOf({ step }: StepDeployment): string {
  return logGroupName(step.name);
}

/** Tags on what is made for a step alone: those of the file, and ours, which nobody can replace. */
export function stepTags({ workflow, step }: StepDeployment): Tags {
  const given = Object.entries(step.settings.lambda?.tags ?? {});
  const allowed = given.filter(([name]) => !RESERVED_TAG.test(name));
  return { ...Object.fromEntries(allowed), ...ownTags(workflow.name, step.id) };
}
