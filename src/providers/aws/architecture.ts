/** The processor that a step runs on. */
import type { Architecture } from '../../image/platform.ts';
import type { AwsStep } from './dialect/step.ts';

/** What `lambda.architectures` says, in any case of letters. */
export function architectureOf({ settings: { lambda } }: AwsStep): Architecture {
  const [first = ''] = lambda?.architectures ?? [];
  return first.trim().toLowerCase() === 'arm64' ? 'arm64' : 'x86_64';
}
