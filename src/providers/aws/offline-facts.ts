/** What is known of a workflow on AWS without asking anybody: for a plan of what would be made. */
import { KNOWN_AFTER_APPLY } from '../../deploy/plan-document.ts';
import { DEFAULT_RUNTIME } from '../../image/step-image.ts';
import type { Workflow } from '../../workflow/model.ts';
import { openSites } from './api/account.ts';
import { archiveOf } from './api/zip.ts';
import { runsGivenImage } from './dialect/ecr.ts';
import { architectureOf } from './dialect/platform.ts';
import type { AwsStep } from './dialect/step.ts';
import { type AwsFacts, type ImageFacts, type StepFacts, stepDeployments } from './facts.ts';
import { GATEWAY_FILE } from './machines/facts.ts';
import { type Machines, machinesOf } from './machines.ts';
import { registryHost, repositoryName } from './names.ts';
import type { FactsDeps } from './read-facts.ts';
import { awsSteps } from './step.ts';

/** Account, digests of images and networks are `KNOWN_AFTER_APPLY`. */
export async function offlineFacts(workflow: Workflow, deps: FactsDeps): Promise<AwsFacts> {
  const steps = awsSteps(workflow);
  const siteOf = openSites(deps);
  const accounts = await Promise.all(
    steps.map(async (step) => {
      const site = await siteOf(step);
      const account = { site, account: KNOWN_AFTER_APPLY, partition: partitionOf(site.region) };
      return [step.id, account] as const;
    }),
  );
  const known: AwsFacts = new Map(accounts);
  const groups = machinesOf(stepDeployments(workflow, known));
  const gateway = groups.length > 0 ? archiveOf(GATEWAY_FILE, await deps.gateway()) : undefined;
  return new Map(
    stepDeployments(workflow, known).map(({ step, facts }) => {
      const machines = groups.find((group) => group.steps.some((each) => each.step === step));
      const batch = machines && gateway && { ...networkOf(machines), publicIp: true, warnings: [], gateway };
      return [step.id, { ...facts, image: imageOf(workflow, step, facts), batch }];
    }),
  );
}

/** Rule: AWS General Reference, "Amazon Resource Names": names of regions tell the partition. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function networkOf({ subnets, securityGroups }: Machines) {
  const orUnknown = (given: readonly string[]) => (given.length > 0 ? given : [KNOWN_AFTER_APPLY]);
  return { subnets: orUnknown(subnets), securityGroups: orUnknown(securityGroups) };
}

function imageOf(workflow: Workflow, step: AwsStep, { site, account, partition }: StepFacts): ImageFacts {
  if (runsGivenImage(step)) return { kind: 'given', uri: step.image ?? '' };
  return {
    kind: 'composed',
    image: {
      step: step.name,
      base: step.image ?? '',
      baseDigest: KNOWN_AFTER_APPLY,
      runtime: DEFAULT_RUNTIME,
      runtimeDigest: KNOWN_AFTER_APPLY,
      key: KNOWN_AFTER_APPLY,
      tag: KNOWN_AFTER_APPLY,
      architecture: architectureOf(step),
      target: {
        registry: registryHost(account, site.region, partition),
        repository: repositoryName(workflow.name),
      },
      supervisor: new Uint8Array(),
      script: undefined,
      configuration: {},
      payload: undefined,
    },
  };
}
