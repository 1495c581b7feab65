/** Jobs that run on several machines at the same time: `batch.multi_node_parallel`. */
import { problem, type Rule } from '../../../workflow/check.ts';
import { platformOf } from './platform.ts';
import type { AwsFunction } from './schema/index.ts';
import type { AwsStep } from './step.ts';

/** The machines of one job. */
export interface Nodes {
  readonly count: number;
  /** Number of the one that leads the job, from 0. */
  readonly main: number;
}

/** Machines of one job where the file does not say it; as SCAR. */
const COUNT = 10;

/** Of jobs that run on one machine, nothing. */
export function nodesOf({ batch }: AwsFunction): Nodes | undefined {
  const {
    enabled,
    number_nodes: count = COUNT,
    main_node_index: main = 0,
  } = batch?.multi_node_parallel ?? {};
  return enabled ? { count, main } : undefined;
}

/**
 * What AWS Batch would not take. Rules: `NodeProperties`, and `type` of `ComputeResource`, in AWS Batch's API; "Multi-node
 * parallel jobs" in its user guide.
 */
const multiNode: Rule<AwsStep> = (step, { at }) => {
  const nodes = nodesOf(step.settings);
  if (!nodes || step.mode === 'lambda') return [];
  const { fargate, spot } = platformOf(step.settings);
  const of = ['batch', 'multi_node_parallel'];
  const found = [
    {
      isWrong: step.mode === 'lambda-batch',
      path: ['lambda', 'execution_mode'],
      message: `"${step.id}" starts as a function, which has no nodes`,
      hint: 'Write "execution_mode: batch".',
    },
    {
      isWrong: fargate || spot,
      path: ['batch', 'compute_resources', 'type'],
      message: `jobs on several machines do not run on ${fargate ? 'AWS Fargate' : 'spot instances'}`,
      hint: 'Write "type: EC2".',
    },
    {
      isWrong: nodes.count < 1,
      path: [...of, 'number_nodes'],
      message: `"number_nodes" is ${nodes.count}`,
      hint: 'Write how many machines one job has, from 1.',
    },
    {
      isWrong: nodes.main < 0 || nodes.main >= Math.max(1, nodes.count),
      path: [...of, 'main_node_index'],
      message: `"main_node_index" is ${nodes.main}, but the nodes have the numbers 0 to ${nodes.count - 1}`,
      hint: 'Write one of these numbers.',
    },
  ];
  return found
    .filter(({ isWrong }) => isWrong)
    .map(({ message, path, hint }) => problem(step, 'multi-node', message, at(step, ...path), hint));
};

export const NODES: readonly Rule<AwsStep>[] = [multiNode];
