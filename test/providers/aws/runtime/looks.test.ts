import { describe, expect, it } from 'vitest';
import type { AwsStep } from '../../../../src/providers/aws/dialect/step.ts';
import { awsRuntime } from '../../../../src/providers/aws/runtime/index.ts';
import type { Workflow } from '../../../../src/workflow/model.ts';
import { type Answers, awsFailure, fakeClients, SITE } from '../fake-clients.ts';

function step(name: string, lambda: object = {}, api?: object): AwsStep {
  const settings = { lambda: { name, ...lambda }, ...(api && { api_gateway: api }) };
  return { id: name, name, provider: 'aws', mode: 'lambda', settings } as AwsStep;
}

function workflow(steps: readonly AwsStep[]): Workflow {
  return { name: 'shop', file: 'shop.yaml', steps, links: [], stores: [], clusters: [] };
}

function open(answers: Answers) {
  const fake = fakeClients(answers);
  const signal = new AbortController().signal;
  const siteOf = async ({ settings }: AwsStep) => ({ region: settings.lambda?.region ?? SITE.region });
  return { fake, runtime: awsRuntime({ clients: fake.clients, siteOf, signal }) };
}

const OWN = { 'fdl:workflow': 'shop' };

function missing(): never {
  throw awsFailure('ResourceNotFoundException', 404);
}

describe('steps', () => {
  it('are those functions of the workflow that are there, each with its state', async () => {
    const functions: Readonly<Record<string, () => object>> = {
      ready: () => ({ Configuration: { State: 'Active', LastUpdateStatus: 'Successful' }, Tags: OWN }),
      asleep: () => ({ Configuration: { State: 'Inactive' }, Tags: OWN }),
      new: () => ({ Configuration: { State: 'Pending' }, Tags: OWN }),
      broken: () => ({ Configuration: { State: 'Failed', StateReason: 'no subnet' }, Tags: OWN }),
      foreign: () => ({ Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': 'other' } }),
      missing,
    };
    const { runtime } = open({ lambda: { GetFunction: ({ FunctionName }) => functions[FunctionName]?.() } });
    const steps = await runtime.steps(workflow(Object.keys(functions).map((name) => step(name))));
    expect(steps.map((each) => [each.step, each.state])).toEqual([
      ['ready', 'ready'],
      ['asleep', 'ready'],
      ['new', 'pending'],
      ['broken', 'failed: no subnet'],
    ]);
    expect(steps[0]).toEqual({ step: 'ready', provider: 'aws', mode: 'lambda', state: 'ready' });
  });

  it('have the address that they are reached by', async () => {
    const api = { ApiId: 'a1', ApiEndpoint: 'https://a1.example', Tags: { ...OWN, 'fdl:step': 'api' } };
    const { runtime } = open({
      lambda: {
        GetFunction: { Configuration: { State: 'Active' }, Tags: OWN },
        GetFunctionUrlConfig: { FunctionUrl: 'https://u1.example/', AuthType: 'AWS_IAM' },
      },
      httpApi: {
        GetApis: { Items: [api] },
        GetIntegrations: { Items: [] },
        GetRoutes: { Items: [{ RouteKey: 'ANY /{proxy+}' }] },
        GetStages: { Items: [{ StageName: 'scar' }] },
      },
    });
    const steps = [step('url', { function_url: true }), step('api', {}, { name: 'api' }), step('none')];
    const found = await runtime.steps(workflow(steps));
    expect(found.map(({ url }) => url)).toEqual([
      'https://u1.example/',
      'https://a1.example/scar/launch',
      undefined,
    ]);
  });

  it('are asked for where they are, and what is forbidden is not taken for absent', async () => {
    const { runtime, fake } = open({ lambda: { GetFunction: missing } });
    await runtime.steps(workflow([step('far', { region: 'us-west-2' })]));
    expect(fake.sent.map(({ site }) => site.region)).toEqual(['us-west-2']);
    const denied = open({
      lambda: {
        GetFunction: () => {
          throw awsFailure('AccessDeniedException', 403);
        },
      },
    });
    await expect(denied.runtime.steps(workflow([step('a')]))).rejects.toMatchObject({ code: 'aws-denied' });
  });
});

describe('deployed', () => {
  it('finds all workflows of a region by their tags, page by page, and leaves out what is gone', async () => {
    const tagged = (name: string, shop: string) => ({
      ResourceARN: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
      Tags: [
        { Key: 'fdl:workflow', Value: shop },
        { Key: 'fdl:step', Value: name },
      ],
    });
    const pages = [
      { ResourceTagMappingList: [tagged('b', 'shop'), tagged('gone', 'shop')], PaginationToken: 'more' },
      { ResourceTagMappingList: [tagged('a', 'shop'), tagged('x', 'lab')], PaginationToken: '' },
    ];
    const { runtime, fake } = open({
      tagging: { GetResources: (_input, before) => pages[before] },
      lambda: {
        GetFunctionUrlConfig: ({ FunctionName: name }) =>
          name === 'b' ? { FunctionUrl: 'https://b.example/', AuthType: 'NONE' } : missing(),
        GetFunction: ({ FunctionName: name }) =>
          name === 'gone'
            ? missing()
            : { Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': name === 'x' ? 'lab' : 'shop' } },
      },
    });
    const found = await runtime.deployed();
    expect(
      found.map(({ workflow: name, steps }) => [name, steps.map((each) => [each.step, each.url])]),
    ).toEqual([
      ['lab', [['x', undefined]]],
      [
        'shop',
        [
          ['a', undefined],
          ['b', 'https://b.example/'],
        ],
      ],
    ]);
    expect(fake.inputs('GetResources')[1]).toMatchObject({ PaginationToken: 'more' });
  });
});

describe('the lines of a log group', () => {
  it('are read page by page; a group that is not there has none', async () => {
    const event = (eventId: string, timestamp: number) => {
      return { eventId, logStreamName: 's', timestamp, message: `line ${eventId}\n` };
    };
    const pages = [
      { events: [event('1', 1000)], nextToken: 't' },
      { events: [], nextToken: 'u' },
      { events: [event('2', 2000)] },
    ];
    const { runtime, fake } = open({
      logs: {
        FilterLogEvents: ({ logGroupName }, before) =>
          logGroupName === '/aws/lambda/a' ? pages[before] : missing(),
      },
    });
    const lines = async (name: string) => {
      const found: string[] = [];
      for await (const { message } of runtime.logs(workflow([step(name)]), {})) found.push(message);
      return found;
    };
    expect(await lines('a')).toEqual(['line 1', 'line 2']);
    expect(fake.inputs('FilterLogEvents').map(({ nextToken }) => nextToken)).toEqual([undefined, 't', 'u']);
    expect(await lines('b')).toEqual([]);
  });
});
