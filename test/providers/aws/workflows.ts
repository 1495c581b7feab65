/** Workflows of tests, and what would have been read for them. */
import type { IdentifiedImage } from '../../../src/image/step-image.ts';
import { runsGivenImage } from '../../../src/providers/aws/dialect/ecr.ts';
import { architectureOf } from '../../../src/providers/aws/dialect/platform.ts';
import type { AwsStep } from '../../../src/providers/aws/dialect/step.ts';
import type { AwsFacts, BatchFacts, StepFacts } from '../../../src/providers/aws/facts.ts';
import { registryHost, repositoryName } from '../../../src/providers/aws/names.ts';
import { awsSteps, runsJobs } from '../../../src/providers/aws/step.ts';
import { stepConfig } from '../../../src/providers/aws/step-config.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { readText, type Surroundings } from '../../fdl/read-text.ts';

export const ACCOUNT = '123456789012';
export const BASE_DIGEST = `sha256:${'b'.repeat(64)}`;
export const RUNTIME_DIGEST = `sha256:${'e'.repeat(64)}`;

/** The workflow of a text, named `demo`; the test fails where the text has errors. */
export async function workflowOf(text: string, surroundings?: Surroundings): Promise<Workflow> {
  const { workflow, diagnostics } = await readText(text, surroundings);
  if (!workflow) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

/** What would have been read for every step with jobs. */
const BATCH: BatchFacts = {
  subnets: ['subnet-a', 'subnet-b'],
  securityGroups: ['sg-default'],
  publicIp: true,
  warnings: [],
  gateway: { bytes: new Uint8Array(), digest: 'f'.repeat(64) },
};

export interface Read {
  readonly region?: string;
  readonly partition?: string;
  /** Without images, as for a removal. */
  readonly remove?: boolean;
  readonly image?: (step: AwsStep, image: IdentifiedImage) => StepFacts['image'];
}

/** Facts with digests that are easy to read. */
export function factsOf(workflow: Workflow, read: Read = {}): AwsFacts {
  const { region = 'eu-west-1', partition = 'aws', remove = false } = read;
  const image = read.image ?? ((_, composed) => ({ kind: 'composed', image: composed }));
  return new Map(
    awsSteps(workflow).map((step) => {
      const site = { region: step.settings.lambda?.region ?? region };
      const place: StepFacts = { site, account: ACCOUNT, partition };
      if (remove) return [step.id, place];
      const batch = runsJobs(step) ? { batch: BATCH } : {};
      return [step.id, { ...place, image: image(step, composed(workflow, step, place)), ...batch }];
    }),
  );
}

function composed(workflow: Workflow, step: AwsStep, { site, partition }: StepFacts): IdentifiedImage {
  const registry = registryHost(ACCOUNT, site.region, partition);
  return {
    step: step.name,
    base: step.image ?? '',
    baseDigest: BASE_DIGEST,
    runtime: 'docker.io/library/node:22',
    runtimeDigest: RUNTIME_DIGEST,
    tag: `${step.name}-0123456789ab`,
    architecture: architectureOf(step),
    target: { registry, repository: repositoryName(workflow.name) },
    supervisor: Buffer.from('the program'),
    script: Buffer.from('the script'),
    configuration: { ...stepConfig(workflow, step) },
  };
}

/** As above, but with images of the account's registry where the file says so. */
export function givenImages(step: AwsStep, image: IdentifiedImage): StepFacts['image'] {
  if (!runsGivenImage(step)) return { kind: 'composed', image };
  const [name] = (step.image ?? '').split(':');
  return { kind: 'given', uri: `${name}@${BASE_DIGEST}` };
}
