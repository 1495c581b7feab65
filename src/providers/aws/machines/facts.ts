/** What must be read for steps with jobs: the network of their machines, and whether the machines are large enough. */

import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { DEFAULT_CONCURRENCY, mapBounded } from '../../../deploy/concurrency.ts';
import { FdlError } from '../../../errors.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Clients } from '../api/clients.ts';
import { archiveOf } from '../api/zip.ts';
import { architectureOf } from '../dialect/platform.ts';
import type { AwsStep } from '../dialect/step.ts';
import { type AwsFacts, type BatchFacts, stepDeployments } from '../facts.ts';
import { type Machines, machinesOf, maxVcpusOf, vcpusOf } from '../machines.ts';
import { jobMemory, jobVcpus } from '../step.ts';
import { type Ec2, networkOf, waysOut } from './network.ts';

interface BatchFactsDeps {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** The program of that function. */
  readonly gateway: () => Promise<Uint8Array>;
}

/** Name of the program in its archive. */
export const GATEWAY_FILE = 'gateway.mjs';

/** Facts by the ids of steps; of steps without jobs, none. Rejects as `networkOf` and `instanceTypesOf` do. */
export async function batchFacts(
  workflow: Workflow,
  accounts: AwsFacts,
  deps: BatchFactsDeps,
): Promise<ReadonlyMap<string, BatchFacts>> {
  const groups = machinesOf(stepDeployments(workflow, accounts));
  if (groups.length === 0) return new Map();
  const gateway = archiveOf(GATEWAY_FILE, await deps.gateway());
  const found = await mapBounded(groups, DEFAULT_CONCURRENCY, (machines) => groupFacts(machines, deps));
  return new Map(
    found.flatMap((facts, index) =>
      (groups[index]?.steps ?? []).map(({ step }) => [step.id, { ...facts, gateway }] as const),
    ),
  );
}

async function groupFacts(
  machines: Machines,
  { clients, signal }: BatchFactsDeps,
): Promise<Omit<BatchFacts, 'gateway'>> {
  const ec2 = { connection: await clients('ec2', machines.site), signal };
  const [network, types] = await Promise.all([networkOf(machines, ec2), instanceTypesOf(machines, ec2)]);
  const { publicIp, warnings } = await waysOut(machines, network, ec2);
  return {
    subnets: network.subnets.map(({ SubnetId = '' }) => SubnetId).sort(),
    securityGroups: [...network.securityGroups].sort(),
    publicIp,
    warnings: [...fitWarnings(machines, types), ...warnings],
  };
}

/** A type of machine. */
interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  /** GPUs of NVIDIA: the only ones that AWS Batch gives to jobs. */
  readonly gpus: number;
  readonly architectures: readonly string[];
}

/** What AWS chooses from by itself. Rule: AWS Batch's API, `instanceTypes`. */
const CHOSEN = /^(optimal|default_x86_64|default_arm64)$/;
/** Rule: DescribeInstanceTypes takes up to 200 values in a filter, and answers up to 100 types. */
const PAGE = 100;

/**
 * The types that machines may be of; nothing where AWS chooses, or nobody may ask.
 * @throws FdlError `instance-type-unknown`
 */
async function instanceTypesOf(machines: Machines, ec2: Ec2): Promise<readonly InstanceType[] | undefined> {
  const { instanceTypes } = machines;
  const named = instanceTypes.filter((name) => !CHOSEN.test(name));
  if (named.length === 0) return undefined;
  try {
    const types = await describe(named, ec2);
    const gone = named.filter((name) => !types.some((type) => isOf(type, name)));
    if (gone.length > 0) throw unknownTypes(machines, gone);
    return named.length < instanceTypes.length ? undefined : types;
  } catch (thrown) {
    if (thrown instanceof FdlError && thrown.code === 'aws-denied') return undefined;
    throw thrown;
  }
}

async function describe(
  names: readonly string[],
  { connection, signal }: Ec2,
): Promise<readonly InstanceType[]> {
  const { sdk, client } = connection;
  const Filters = [
    { Name: 'instance-type', Values: names.map((name) => (isFamily(name) ? `${name}.*` : name)) },
  ];
  const found: InstanceType[] = [];
  let NextToken: string | undefined;
  do {
    const input = { Filters, MaxResults: PAGE, ...(NextToken && { NextToken }) };
    const page = await client.send(new sdk.DescribeInstanceTypesCommand(input), { abortSignal: signal });
    found.push(...(page.InstanceTypes ?? []).map(typeOf));
    NextToken = page.NextToken;
  } while (NextToken);
  // A server that knows no wildcards may answer with more.
  return found.filter((type) => names.some((name) => isOf(type, name)));
}

function typeOf(found: InstanceTypeInfo): InstanceType {
  const { InstanceType: name = '', VCpuInfo, MemoryInfo, GpuInfo, ProcessorInfo } = found;
  const gpus = (GpuInfo?.Gpus ?? []).filter(({ Manufacturer = 'NVIDIA' }) => Manufacturer === 'NVIDIA');
  return {
    name,
    vcpus: VCpuInfo?.DefaultVCpus ?? 0,
    memoryMib: MemoryInfo?.SizeInMiB ?? 0,
    gpus: gpus.reduce((sum, { Count = 0 }) => sum + Count, 0),
    architectures: ProcessorInfo?.SupportedArchitectures ?? [],
  };
}

function isFamily(name: string): boolean {
  return !name.includes('.');
}

function isOf({ name }: InstanceType, given: string): boolean {
  return isFamily(given) ? name.startsWith(`${given}.`) : name === given;
}

function unknownTypes({ site, steps }: Machines, names: readonly string[]): FdlError {
  const message = `there are no machines of the type ${names.join(', ')} in ${site.region}`;
  const hint = 'Correct "instance_types", or leave it out: AWS chooses then.';
  return new FdlError('instance-type-unknown', message, { hint, place: steps[0].step.place });
}

/** The part of a machine's memory that jobs can have: the system and the agent of ECS keep the rest. */
const USABLE = 0.97;

/** Pure. What would keep jobs of the steps waiting for ever. */
function fitWarnings(machines: Machines, types: readonly InstanceType[] | undefined): readonly string[] {
  return machines.steps.flatMap(({ step }) => [...tooMany(machines, step), ...unfit(machines, step, types)]);
}

function tooMany(machines: Machines, step: AwsStep): readonly string[] {
  const most = maxVcpusOf(machines);
  const vcpus = vcpusOf(step);
  if (vcpus <= most) return [];
  return [waits(step, `they ask for ${vcpus} vCPUs, and "max_v_cpus" is ${most}`)];
}

/** What a job asks of a machine. */
interface Need {
  readonly asked: number;
  readonly unit: string;
  readonly verb: string;
  /** How much of it jobs can have on a machine. */
  of(type: InstanceType): number;
}

function needsOf(step: AwsStep): readonly Need[] {
  const { gpus } = step.limits;
  return [
    { asked: jobVcpus(step), unit: 'vCPUs', verb: 'have', of: ({ vcpus }) => vcpus },
    {
      asked: jobMemory(step),
      unit: 'MiB',
      verb: 'leave',
      of: ({ memoryMib }) => Math.floor(memoryMib * USABLE),
    },
    { asked: gpus, unit: gpus === 1 ? 'GPU' : 'GPUs', verb: 'have', of: (type) => type.gpus },
  ];
}

function unfit(
  { instanceTypes }: Machines,
  step: AwsStep,
  types: readonly InstanceType[] | undefined,
): readonly string[] {
  if (!types) return [];
  const architecture = architectureOf(step);
  const right = types.filter(({ architectures }) => architectures.includes(architecture));
  const among = `machines of ${instanceTypes.join(', ')}`;
  if (right.length === 0) return [waits(step, `${among} have no processor of the kind ${architecture}`)];
  const needs = needsOf(step);
  if (right.some((type) => needs.every(({ asked, of }) => asked <= of(type)))) return [];
  const short = needs.flatMap(({ asked, unit, verb, of }) => {
    const most = Math.max(...right.map(of));
    return asked > most ? [`they ask for ${asked} ${unit}, and ${among} ${verb} at most ${most}`] : [];
  });
  const all = needs.map(({ asked, unit }) => `${asked} ${unit}`).join(', ');
  return [waits(step, short[0] ?? `they ask for ${all}, which no one of the ${among} has at once`)];
}

function waits({ id }: AwsStep, why: string): string {
  return `jobs of "${id}" would wait for ever: ${why}`;
}
