/** Job queues of AWS Batch: what is desired of one, what there is, what differs, and what is sent. Pure. */
import type {
  CreateJobQueueCommandInput,
  JobQueueDetail,
  UpdateJobQueueCommandInput,
} from '@aws-sdk/client-batch';
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { settableTags } from '../../api/tag-sync.ts';
import type { Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { statusChange } from '../compute-environment/properties.ts';
import { resolved } from '../resolved.ts';

export type JobQueueProps = {
  readonly site: Site;
  readonly name: string;
  /** ARN of the compute environment. */
  readonly environment: Ref | string;
  /** Queues of the same environment are served in the order of it, the highest first. */
  readonly priority: number;
  /** `DISABLED` ones take no jobs. */
  readonly state: 'ENABLED' | 'DISABLED';
  readonly tags: Tags;
};

export type JobQueueAttrs = Omit<JobQueueProps, 'environment' | 'state'> & {
  readonly arn: string;
  /** `CREATING`, `UPDATING`, `DELETING`, `VALID` or `INVALID`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
  /** ARNs, separated by spaces where there are several. */
  readonly environment: string;
  readonly state: string;
};

/** `update`: `UpdateJobQueue`. */
export const QUEUE_RULES: Rules<JobQueueProps, 'update' | 'tags'> = {
  site: IDENTITY,
  name: IDENTITY,
  environment: { by: 'update' },
  priority: { by: 'update' },
  state: { by: 'update' },
  tags: { by: 'tags' },
};

export function queueChanges(props: JobQueueProps, attrs: JobQueueAttrs): readonly Change[] {
  return [...changesOf(props, attrs, comparisonOf(QUEUE_RULES)), ...statusChange(attrs)];
}

export function createQueueInput(props: JobQueueProps): CreateJobQueueCommandInput {
  const { name, tags } = props;
  return { jobQueueName: name, ...settings(props), tags: { ...tags } };
}

export function updateQueueInput(props: JobQueueProps): UpdateJobQueueCommandInput {
  return { jobQueue: props.name, ...settings(props) };
}

function settings({ environment, priority, state }: JobQueueProps) {
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: resolved(environment) }];
  return { computeEnvironmentOrder, priority, state };
}

export function queueAttrs(site: Site, found: JobQueueDetail): JobQueueAttrs {
  const { computeEnvironmentOrder = [], statusReason } = found;
  const order = [...computeEnvironmentOrder].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  return {
    site,
    name: found.jobQueueName ?? '',
    arn: found.jobQueueArn ?? '',
    status: found.status ?? 'VALID',
    ...(statusReason && { statusReason }),
    environment: order.map(({ computeEnvironment }) => computeEnvironment).join(' '),
    priority: found.priority ?? 0,
    state: found.state ?? 'ENABLED',
    tags: settableTags(found.tags ?? {}),
  };
}
