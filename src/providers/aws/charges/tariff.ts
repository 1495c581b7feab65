/** What AWS charges for invocations. Pure, but for where steps are. */
import type { Charge, Charges } from '../../../workflow/cost.ts';
import type { Billed, Invocation } from '../../../workflow/invocation.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { PriceOf } from '../../../workflow/prices.ts';
import type { Tariff } from '../../provider.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import { nodesOf } from '../dialect/nodes.ts';
import { architectureOf, platformOf } from '../dialect/platform.ts';
import type { AwsStep } from '../dialect/step.ts';
import { instanceTypesOf } from '../machines.ts';
import type { Site } from '../site.ts';
import { awsSteps, jobMemory, jobVcpus, runsFunction } from '../step.ts';
import { machineFor } from './machines.ts';
import { MACHINE } from './prices.ts';

interface Place {
  readonly step: AwsStep;
  readonly region: string;
  readonly priceOf: PriceOf;
}

/** Opens what is charged for the steps of a workflow. Asks nobody but the files of the AWS SDK. */
export async function awsTariff(
  workflow: Workflow,
  priceOf: PriceOf,
  siteOf: (step: AwsStep) => Promise<Site>,
): Promise<Tariff> {
  const places = new Map<string, Place>();
  for (const step of awsSteps(workflow))
    places.set(step.id, { step, region: (await siteOf(step)).region, priceOf });
  return {
    chargesOf: (invocation) => {
      const place = places.get(invocation.step);
      return place
        ? together([
            functionCharges(invocation, place),
            jobCharges(invocation, place),
            storeCharges(invocation, place),
          ])
        : NOTHING;
    },
    expected: (step, seconds) => {
      const place = places.get(step);
      return place ? expectedCharges(place, seconds) : NOTHING;
    },
  };
}

const NOTHING: Charges = { charges: [] };

function together(parts: readonly Charges[]): Charges {
  return {
    charges: parts.flatMap(({ charges }) => charges),
    monthly: parts.flatMap(({ monthly = [] }) => monthly),
    unknown: parts.flatMap(({ unknown = [] }) => unknown),
    assumed: parts.flatMap(({ assumed = [] }) => assumed),
  };
}

/** GB that a function has for nothing below `/tmp`. Rule: https://aws.amazon.com/lambda/pricing/, "Ephemeral storage". */
const FREE_TMP = 0.5;

/** What AWS Lambda charges: requests, and memory for as long as it was used, in whole milliseconds. */
function functionCharges(invocation: Invocation, place: Place): Charges {
  const { step, region } = place;
  const billed = invocation.billed ?? ownTime(invocation, place);
  if (!billed) return NOTHING;
  const seconds = billed.milliseconds / 1000;
  const tmp = (step.settings.lambda?.ephemeral_storage ?? 0) / 1024 - FREE_TMP;
  const charges: Charge[] = [
    { item: 'lambda.request', region, amount: billed.requests },
    {
      item: `lambda.gb-second.${isGateway(invocation, step) ? 'x86_64' : architectureOf(step)}`,
      region,
      amount: (billed.memoryMib / 1024) * seconds,
    },
    ...(tmp > 0 && !isGateway(invocation, step)
      ? [{ item: 'lambda.tmp-gb-second', region, amount: tmp * seconds }]
      : []),
  ];
  const assumed = invocation.billed
    ? []
    : ['where AWS Lambda has not said yet what it charges for, it is how long the step took'];
  return { charges, assumed };
}

/** Whether what ran in AWS Lambda only passed an event on. */
function isGateway({ job, status }: Invocation, step: AwsStep): boolean {
  return !runsFunction(step) || (job !== undefined && status !== 'delegated');
}

/** What a function is charged for of which AWS Lambda has said nothing. */
function ownTime({ job, status, durationMs }: Invocation, { step }: Place): Billed | undefined {
  if (durationMs === undefined || !runsFunction(step) || (job !== undefined && status !== 'delegated'))
    return undefined;
  return { milliseconds: Math.ceil(durationMs), memoryMib: memoryOf(step), requests: 1 };
}

function memoryOf({ settings: { lambda } }: AwsStep): number {
  return lambda?.memory ?? AWS_DEFAULTS.memory;
}

/** Seconds. Rule: https://aws.amazon.com/fargate/pricing/, "with a 1-minute minimum". */
const LEAST_FARGATE = 60;

/** What the machines of a job cost for as long as it ran. */
function jobCharges({ job, status, durationMs }: Invocation, place: Place): Charges {
  if (job === undefined || status === 'delegated' || durationMs === undefined) return NOTHING;
  const seconds = durationMs / 1000;
  return platformOf(place.step.settings).fargate
    ? fargateCharges(place, Math.max(LEAST_FARGATE, seconds) / 3600)
    : machineCharges(place, seconds / 3600);
}

function fargateCharges(place: Place, hours: number): Charges {
  const { step, region } = place;
  const architecture = architectureOf(step);
  const spot = spotShare(place, 'spot.fargate');
  if (spot === undefined) return unknownSpot(place);
  const charge = (what: string, amount: number) => {
    return { item: `fargate.${what}.${architecture}`, region, amount: amount * hours * spot };
  };
  return {
    charges: [charge('vcpu-hour', jobVcpus(step)), charge('gb-hour', jobMemory(step) / 1024)],
    assumed: [`jobs of "${step.id}" are counted without the time that their images are fetched`],
  };
}

function machineCharges(place: Place, hours: number): Charges {
  const { step, region } = place;
  const names = instanceTypesOf(step);
  const size = { vcpus: jobVcpus(step), memory: jobMemory(step), gpus: step.limits.gpus };
  const machine = machineFor(names, size, place);
  if (!machine) {
    const unknown = `no price is known in ${region} of a machine for "${step.id}" (${names.join(', ')})`;
    return { charges: [], unknown: [unknown] };
  }
  const spot = spotShare(place, 'spot.ec2');
  if (spot === undefined) return unknownSpot(place);
  const { type, share } = machine;
  const count = nodesOf(step.settings)?.count ?? 1;
  const part = share === 1 ? 'all' : `${Math.round(share * 100)}%`;
  return {
    charges: [{ item: `${MACHINE}${type}`, region, amount: hours * share * count * spot }],
    assumed: [
      `a job of "${step.id}" takes ${part} of a ${type}, the cheapest that it fits on, without the time that machines start and idle`,
    ],
  };
}

/** What is paid of the price on demand: all, or what a price list says of spot capacity. */
function spotShare({ step, region, priceOf }: Place, item: string): number | undefined {
  return platformOf(step.settings).spot ? priceOf(item, region)?.tiers[0]?.price : 1;
}

function unknownSpot({ step, region }: Place): Charges {
  const item = platformOf(step.settings).fargate ? 'spot.fargate' : 'spot.ec2';
  const unknown = `"${step.id}" runs on spot capacity, whose price changes: a price list may say its share as ${item} (${region})`;
  return { charges: [], unknown: [unknown] };
}

const S3 = /^s3(\.[^:/]*)?:\/\//;

/** Bytes of what S3 counts as one GB. */
const GB = 2 ** 30;

/** Requests for objects, of which large ones take more, and what outputs cost as long as they lie there. */
function storeCharges({ input, outputs }: Pick<Invocation, 'input' | 'outputs'>, { region }: Place): Charges {
  const gets = input && S3.test(input.uri) ? 1 : 0;
  const puts = outputs.filter(({ uri }) => S3.test(uri)).length;
  return {
    charges: [
      ...(gets > 0 ? [{ item: 's3.get', region, amount: gets }] : []),
      ...(puts > 0 ? [{ item: 's3.put', region, amount: puts }] : []),
    ],
    monthly: outputs.flatMap(({ uri, size }) =>
      S3.test(uri) && size > 0 ? [{ item: 's3.gb-month', region, amount: size / GB, uri }] : [],
    ),
  };
}

/** What passes an event on takes about so long, and has so much memory. */
const GATEWAY: Billed = { milliseconds: 500, memoryMib: 128, requests: 1 };
/** GB of log that an invocation makes: its records, and what AWS Lambda says. */
const LOGGED = 2e-6;

/** What an invocation would be charged that takes so many seconds. */
function expectedCharges(place: Place, seconds: number): Charges {
  const { step, region } = place;
  const isJob = !runsFunction(step);
  const stored = (count: number) =>
    Array.from({ length: count }, () => ({ uri: 's3://bucket/key', size: 0 }));
  const [input] = stored(step.inputs.some(({ store }) => S3.test(`${store}://`)) ? 1 : 0);
  const invocation: Invocation = {
    id: '',
    step: step.id,
    status: 'succeeded',
    outputs: stored(step.outputs.filter(({ store }) => S3.test(`${store}://`)).length),
    ...(input && { input }),
    durationMs: seconds * 1000,
    billed: isJob
      ? GATEWAY
      : { milliseconds: Math.ceil(seconds * 1000), memoryMib: memoryOf(step), requests: 1 },
    ...(isJob && { job: 'expected' }),
  };
  const others: Charge[] = [
    { item: 'logs.gb', region, amount: LOGGED },
    ...(step.settings.api_gateway?.name ? [{ item: 'http-api.request', region, amount: 1 }] : []),
  ];
  const assumed = [
    'each invocation writes 2 kB to its log, and one object to each of its outputs',
    ...(step.mode === 'lambda-batch' ? [`"${step.id}" never needs a job`] : []),
    ...(isJob ? ['what passes an event on to a job takes 0.5 s'] : []),
  ];
  return together([
    functionCharges(invocation, place),
    jobCharges(invocation, place),
    storeCharges(invocation, place),
    { charges: others, assumed },
  ]);
}
