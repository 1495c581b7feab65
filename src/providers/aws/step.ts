/** What an entry of `functions.aws` says of its function and its jobs. */
import type { Workflow } from '../../workflow/model.ts';
import { jobSize } from './dialect/platform.ts';
import { type AwsStep, isAws } from './dialect/step.ts';

/** The steps of a workflow that are deployed to AWS: all, or the one with this id. */
export function awsSteps({ steps }: Workflow, id?: string): readonly AwsStep[] {
  return steps.filter(isAws).filter((step) => id === undefined || step.id === id);
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
  return jobSize(settings).vcpus;
}

/** MiB of one job of a step. */
export function jobMemory({ settings }: AwsStep): number {
  return jobSize(settings).memory;
}
