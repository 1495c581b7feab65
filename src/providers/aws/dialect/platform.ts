/** What runs the jobs of a step, and what one job gets of it. */
import type { Architecture } from '../../../image/platform.ts';
import { AWS_DEFAULTS } from './defaults.ts';
import type { AwsFunction } from './schema/index.ts';

/** What runs jobs: machines of EC2, or AWS Fargate; either may be cheaper and be taken back. */
interface Platform {
  readonly fargate: boolean;
  readonly spot: boolean;
}

export function platformOf({ batch }: AwsFunction): Platform {
  const type = batch?.compute_resources?.type?.trim().toUpperCase() ?? '';
  return { fargate: type.startsWith('FARGATE'), spot: type === 'SPOT' || type === 'FARGATE_SPOT' };
}

/** Every so many MiB from the least to the most. */
function every(by: number, from: number, to: number): readonly number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

/** MiB that jobs with so many vCPUs may have. Rule: `value` of `ResourceRequirement` in AWS Batch's API. */
export const SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [512, 1024, 2048]],
  [0.5, every(1024, 1024, 4096)],
  [1, every(1024, 2048, 8192)],
  [2, every(1024, 4096, 16_384)],
  [4, every(1024, 8192, 30_720)],
  [8, every(4096, 16_384, 61_440)],
  [16, every(8192, 32_768, 122_880)],
  [32, [61_440, 122_880, 249_856]],
]);

interface JobSize {
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
}

/** What one job gets. On AWS Fargate, what the file does not say is the least that goes with the rest. */
export function jobSize(settings: AwsFunction): JobSize {
  const { vcpus, memory } = settings.batch ?? {};
  const usual = { vcpus: vcpus ?? AWS_DEFAULTS.jobVcpus, memory: memory ?? AWS_DEFAULTS.jobMemory };
  if (!platformOf(settings).fargate) return usual;
  if (memory === undefined) return { ...usual, memory: SIZES.get(usual.vcpus)?.[0] ?? usual.memory };
  return vcpus === undefined ? { vcpus: vcpusFor(memory)[0] ?? usual.vcpus, memory } : usual;
}

/** vCPUs that go with so many MiB on AWS Fargate. */
export function vcpusFor(memory: number): readonly number[] {
  return [...SIZES].filter(([, sizes]) => sizes.includes(memory)).map(([vcpus]) => vcpus);
}

/** The processor that a step runs on: what `lambda.architectures` says, in any case of letters. */
export function architectureOf({ settings: { lambda } }: { readonly settings: AwsFunction }): Architecture {
  const [first = ''] = lambda?.architectures ?? [];
  return first.trim().toLowerCase() === 'arm64' ? 'arm64' : 'x86_64';
}
