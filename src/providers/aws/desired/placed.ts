/** A step with all that is known of it, and the ids of what is made for it. */
import { type Ref, ref } from '../../../deploy/resource.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { ownTags, type Tags } from '../api/tags.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { AwsFacts, StepFacts } from '../facts.ts';
import { logGroupName } from '../names.ts';
import { awsId } from '../site.ts';
import { awsSteps } from '../support.ts';

export interface Placed {
  readonly workflow: Workflow;
  readonly step: AwsStep;
  readonly facts: StepFacts;
}

/** The steps on AWS, each with its facts. */
export function placedSteps(workflow: Workflow, facts: AwsFacts): readonly Placed[] {
  return awsSteps(workflow).flatMap((step) => {
    const found = facts.get(step.id);
    return found ? [{ workflow, step, facts: found }] : [];
  });
}

/** Whether a step's function runs the step's own image; that of a step with jobs alone passes events on to them. */
export function runsFunction({ mode }: Pick<AwsStep, 'mode'>): boolean {
  return mode !== 'batch';
}

/** Whether a step has jobs on AWS Batch. */
export function runsJobs({ mode }: Pick<AwsStep, 'mode'>): boolean {
  return mode === 'batch' || mode === 'lambda-batch';
}

/** vCPUs of one job of a step. */
export function jobVcpus({ settings }: AwsStep): number {
  return settings.batch?.vcpus ?? AWS_DEFAULTS.jobVcpus;
}

/** MiB of one job of a step. */
export function jobMemory({ settings }: AwsStep): number {
  return settings.batch?.memory ?? AWS_DEFAULTS.jobMemory;
}

/** SCAR writes `{account_id}` where the number of the account is meant. */
export function inAccount(arn: string, { facts }: Pick<Placed, 'facts'>): string {
  return arn.trim().replaceAll('{account_id}', facts.account);
}

/** Id of what is made for a step, named like the step unless another name is given. */
export function idFor({ step, facts }: Placed, kind: string, name: string = step.name): string {
  return awsId(facts.site, kind, name);
}

/** The function of a step, or another one of this name, as others refer to it. */
export function functionArn(placed: Placed, name?: string): Ref {
  return ref(idFor(placed, 'function', name), 'arn');
}

/** An ARN in the account and the region of a step. */
export function arnFor({ facts }: Placed, service: string, resource: string): string {
  const { partition, account, site } = facts;
  return `arn:${partition}:${service}:${site.region}:${account}:${resource}`;
}

/** The log group of a step's function. */
export function logGroupOf({ step }: Placed): string {
  return logGroupName(step.name);
}

/** Names that AWS keeps for itself, and those of our own tags. */
const RESERVED_TAG = /^(aws|fdl):/i;

/** Tags on what is made for a step alone: those of the file, and ours, which nobody can replace. */
export function stepTags({ workflow, step }: Placed): Tags {
  const given = Object.entries(step.settings.lambda?.tags ?? {});
  const allowed = given.filter(([name]) => !RESERVED_TAG.test(name));
  return { ...Object.fromEntries(allowed), ...ownTags(workflow.name, step.id) };
}
