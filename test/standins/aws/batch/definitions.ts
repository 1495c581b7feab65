/**
 * Job definitions. Rules: RegisterJobDefinition, ContainerProperties, NodeProperties, RetryStrategy and JobTimeout in
 * Batch's API reference.
 */
import { json, type Params, type Rules } from '../core/api.ts';
import type { World } from '../core/world.ts';
import { arnOf, checkName, client, page } from './things.ts';

export interface Definition {
  readonly region: string;
  readonly name: string;
  readonly revision: number;
  readonly arn: string;
  readonly given: Params;
  active: boolean;
}

export interface Definitions {
  /** By name, `name:revision` or ARN; of a name alone the last one that is active. @throws AwsFault */
  need(region: string, named: string): Definition;
  readonly rules: Rules;
}

export function openDefinitions(world: World): Definitions {
  const all: Definition[] = [];
  const named = (region: string, text: string) => {
    const plain = text.replace(/^arn:.*:job-definition\//, '');
    const [name, revision] = plain.split(':');
    return all.filter(
      (each) =>
        each.region === region && each.name === name && (!revision || each.revision === Number(revision)),
    );
  };
  const need = (region: string, text: string) => {
    const found = named(region, text);
    const last = found.filter(({ active }) => active).at(-1) ?? found.at(-1);
    if (!last) throw client(`JobDefinition ${text} does not exist`);
    return last;
  };
  return { need, rules: definitionRules({ world, all, need, named }) };
}

interface Parts {
  readonly world: World;
  readonly all: Definition[];
  readonly need: Definitions['need'];
  readonly named: (region: string, text: string) => readonly Definition[];
}

function definitionRules({ world, all, need, named }: Parts): Rules {
  return {
    'batch:RegisterJobDefinition': async ({ region, params }) => {
      checkDefinition(params);
      const name: string = params['jobDefinitionName'];
      const revision = named(region, name).length + 1;
      const arn = arnOf(region, 'job-definition', `${name}:${revision}`);
      all.push({ region, name, revision, arn, given: params, active: true });
      world.tags.set(arn, params['tags'] ?? {});
      return json({ jobDefinitionName: name, jobDefinitionArn: arn, revision });
    },
    'batch:DeregisterJobDefinition': async ({ region, params }) => {
      const text = String(params['jobDefinition']);
      if (!/:\d+$/.test(text)) throw client('A job definition is deregistered by name:revision or ARN');
      // Inactive definitions keep their tags, and with them their places in the answers of the tagging API.
      need(region, text).active = false;
      return json({});
    },
    'batch:DescribeJobDefinitions': async ({ region, params }) => {
      const { jobDefinitions, jobDefinitionName, status } = params;
      const mine = all.filter((each) => each.region === region);
      const wanted: readonly Definition[] = jobDefinitions
        ? jobDefinitions.flatMap((each: string) => named(region, each))
        : mine.filter(({ name }) => jobDefinitionName === undefined || name === jobDefinitionName);
      const found = wanted.filter(({ active }) => status === undefined || status === statusOf(active));
      return json(
        page(
          'jobDefinitions',
          found.map((each) => described(world, each)),
          params,
        ),
      );
    },
  };
}

function statusOf(active: boolean): string {
  return active ? 'ACTIVE' : 'INACTIVE';
}

function described({ tags }: World, { arn, revision, given, active }: Definition): Params {
  const own = { jobDefinitionArn: arn, revision, status: statusOf(active), tags: tags.get(arn) };
  return { parameters: {}, containerOrchestrationType: 'ECS', ...given, ...own };
}

/** @throws AwsFault `ClientException` */
function checkDefinition(params: Params): void {
  const {
    jobDefinitionName,
    type,
    containerProperties,
    nodeProperties,
    platformCapabilities = ['EC2'],
  } = params;
  checkName(jobDefinitionName, 'JobDefinition');
  if (type === 'container') checkContainer(containerProperties, platformCapabilities);
  else if (type === 'multinode') checkNodes(nodeProperties, platformCapabilities);
  else throw client(`type ${type} is not valid`);
  checkRetries(params['retryStrategy']);
  checkTimeout(params['timeout']);
}

function checkNodes(nodes: Params | undefined, platforms: readonly string[]): void {
  if (platforms.includes('FARGATE')) throw client('Multi-node parallel jobs are not applicable to FARGATE');
  const { numNodes, mainNode, nodeRangeProperties = [] } = nodes ?? {};
  if (!numNodes || mainNode === undefined || mainNode >= numNodes)
    throw client('nodeProperties is not valid');
  if (nodeRangeProperties.length === 0) throw client('nodeRangeProperties must be provided');
  if (nodeRangeProperties.length > 1 || !/^0?:$/.test(nodeRangeProperties[0].targetNodes))
    throw client('The stand-in knows one range of all nodes: 0:');
  for (const { container } of nodeRangeProperties) checkContainer(container, platforms);
}

function checkContainer(container: Params | undefined, platforms: readonly string[]): void {
  if (!container?.['image']) throw client('Container properties should not be empty, and have an image');
  const {
    vcpus,
    memory,
    resourceRequirements = [],
    secrets = [],
    executionRoleArn,
    environment = [],
  } = container;
  if (vcpus !== undefined || memory !== undefined) {
    throw client('vcpus and memory are deprecated: use resourceRequirements');
  }
  const types = resourceRequirements.map(({ type, value }: Params) => {
    if (!/^\d+(\.\d+)?$/.test(value ?? '') || Number(value) <= 0)
      throw client(`${type} must be a text with a number`);
    return type;
  });
  for (const type of ['VCPU', 'MEMORY'])
    if (!types.includes(type)) throw client(`resourceRequirements needs ${type}`);
  checkPlatform(container, platforms);
  if ((secrets.length > 0 || platforms.includes('FARGATE')) && !executionRoleArn)
    throw client('executionRoleArn is required');
  checkEnvironment(environment);
}

/** vCPUs by the MiB that go with them. Rule: `value` of ResourceRequirement in Batch's API reference. */
const FARGATE_SIZES = `
  0.25: 512; 0.25 0.5: 1024; 0.25 0.5 1: 2048; 0.5 1: 3072; 0.5 1 2: 4096; 1 2: 5120 6144 7168; 1 2 4: 8192;
  2 4: 9216 10240 11264 12288 13312 14336 15360; 2 4 8: 16384;
  4: 17408 18432 19456 21504 22528 23552 25600 26624 27648 29696 30720; 4 8: 20480 24576 28672;
  8: 36864 45056 53248; 8 32: 61440; 8 16: 32768 40960 49152 57344;
  16: 65536 73728 81920 90112 98304 106496 114688; 16 32: 122880; 32: 249856`
  .split(';')
  .map((row) => row.split(':').map((side) => side.trim().split(' ')));

function isFargateSize(vcpus: string, memory: string): boolean {
  return FARGATE_SIZES.some(([cpus, sizes]) => cpus?.includes(vcpus) && sizes?.includes(memory));
}

/** Rules: "Job definitions on Fargate" in Batch's user guide; ContainerProperties in its API reference. */
function checkPlatform(container: Params, platforms: readonly string[]): void {
  const { resourceRequirements, networkConfiguration, ephemeralStorage, linuxParameters = {} } = container;
  const value = (wanted: string) => resourceRequirements.find(({ type }: Params) => type === wanted)?.value;
  if (!platforms.includes('FARGATE')) {
    if (!/^\d+$/.test(value('VCPU'))) throw client('VCPU must be a whole number on EC2');
    const odd = [
      'networkConfiguration',
      'fargatePlatformConfiguration',
      'ephemeralStorage',
      'runtimePlatform',
    ];
    const given = odd.find((name) => container[name] !== undefined);
    if (given) throw client(`${given} is only applicable to FARGATE`);
    return;
  }
  if (value('GPU') !== undefined) throw client('GPU is not applicable to FARGATE');
  for (const name of ['ulimits', 'instanceType'])
    if (container[name] !== undefined) throw client(`${name} is not applicable to FARGATE`);
  for (const name of ['devices', 'maxSwap', 'sharedMemorySize', 'swappiness', 'tmpfs'])
    if (linuxParameters[name] !== undefined) throw client(`${name} is not applicable to FARGATE`);
  if (container['privileged']) throw client('privileged is not applicable to FARGATE');
  if (!isFargateSize(value('VCPU'), value('MEMORY')))
    throw client(`Fargate has no ${value('VCPU')} vCPUs with ${value('MEMORY')} MiB`);
  const { sizeInGiB = 21 } = ephemeralStorage ?? {};
  if (sizeInGiB < 21 || sizeInGiB > 200) throw client('sizeInGiB must be between 21 and 200');
  if (!/^(EN|DIS)ABLED$/.test(networkConfiguration?.assignPublicIp ?? 'DISABLED'))
    throw client('assignPublicIp is not valid');
}

/** @throws AwsFault `ClientException` */
export function checkEnvironment(environment: readonly Params[]): void {
  if (environment.some((each) => String(each['name']).startsWith('AWS_BATCH'))) {
    throw client('Environment variables cannot start with AWS_BATCH');
  }
}

/** @throws AwsFault `ClientException` */
export function checkRetries(strategy: Params | undefined): void {
  const { attempts = 1, evaluateOnExit = [] } = strategy ?? {};
  if (attempts < 1 || attempts > 10) throw client('attempts must be between 1 and 10');
  if (evaluateOnExit.length > 5) throw client('evaluateOnExit has at most 5 conditions');
  for (const { action, onReason = '', onStatusReason = '', onExitCode = '' } of evaluateOnExit) {
    if (!/^(retry|exit)$/i.test(action)) throw client(`action ${action} is not valid`);
    if (![onReason, onStatusReason].every((each) => /^[\w.:\s-]*\*?$/.test(each)))
      throw client('A condition is not valid');
    if (!/^\d*\*?$/.test(onExitCode)) throw client('onExitCode is not valid');
  }
}

/** @throws AwsFault `ClientException` */
export function checkTimeout(timeout: Params | undefined): void {
  if (timeout && (timeout['attemptDurationSeconds'] ?? 60) < 60)
    throw client('attemptDurationSeconds must be at least 60');
}
