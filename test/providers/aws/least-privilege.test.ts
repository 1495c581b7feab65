/** No role may more than its step needs: every statement names its actions and what they are for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../src/deploy/resource.ts';
import { awsDesired } from '../../../src/providers/aws/desired/index.ts';
import { awsSteps } from '../../../src/providers/aws/step.ts';
import { LANGUAGE } from '../../../src/providers/language.ts';
import { readWorkflow } from '../../../src/workflow/read.ts';
import { readGoldens } from '../../golden-resources.ts';
import { permits } from '../../standins/aws/iam/policy.ts';
import { factsOf } from './workflows.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const examples = join(root, 'examples');

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/**
 * What AWS cannot limit to a resource: the actions must stand by themselves, and only read.
 * Rule: "Actions, resources, and condition keys" of the Service Authorization Reference.
 */
const WITHOUT_RESOURCE = ['batch:ListJobs', 'ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'];

/** Resources by what they come from. */
async function allResources(): Promise<readonly (readonly [string, readonly Resource[]])[]> {
  const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const planned = folders.map(async ({ name }) => [name, await desiredOf(join(examples, name))] as const);
  return [...readGoldens('aws'), ...(await Promise.all(planned))];
}

async function desiredOf(folder: string): Promise<readonly Resource[]> {
  const environment = new Proxy({}, { get: () => 'value' });
  const read = await readWorkflow(join(folder, 'workflow.yaml'), {
    language: LANGUAGE,
    environment,
    workingDirectory: folder,
  });
  if (!read.workflow) throw new Error(JSON.stringify(read.diagnostics));
  return awsSteps(read.workflow).length > 0 ? awsDesired(read.workflow, factsOf(read.workflow)) : [];
}

describe('roles on AWS', () => {
  it('permit named actions on named resources only', async () => {
    let statements = 0;
    for (const [source, resources] of await allResources()) {
      for (const { kind, id, props } of resources) {
        if (kind !== 'aws/role') continue;
        for (const statement of props['statements'] as unknown as readonly Statement[]) {
          const what = `${source}: ${id}: ${JSON.stringify(statement)}`;
          statements += 1;
          expect(statement.Effect, what).toBe('Allow');
          for (const action of statement.Action) expect(action, what).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
          // Nothing but the end of a name is open: objects below a folder, streams of a group.
          const limits = statement.Action.every((action) => WITHOUT_RESOURCE.includes(action))
            ? []
            : statement.Resource;
          for (const resource of limits) {
            expect(resource, what).toMatch(/^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:[^*]+\*?$/);
          }
        }
      }
    }
    expect(statements).toBeGreaterThan(20);
  });

  it('evaluated as AWS does it, permit what they name and nothing of a neighbour', async () => {
    let looked = 0;
    for (const [source, resources] of await allResources()) {
      for (const { kind, id, props } of resources) {
        if (kind !== 'aws/role') continue;
        const statements = props['statements'] as unknown as readonly Statement[];
        for (const { Action, Resource } of statements) {
          for (const action of Action.filter((each) => !WITHOUT_RESOURCE.includes(each))) {
            for (const resource of Resource) {
              const what = `${source}: ${id}: ${action}`;
              looked += 1;
              expect(permits(statements, action, resource.replace(/\*$/, 'x/y.txt')), what).toBe(true);
              for (const other of neighboursOf(resource))
                expect(permits(statements, action, other), `${what} on ${other}`).toBe(false);
            }
          }
        }
      }
    }
    expect(looked).toBeGreaterThan(100);
  });

  it('are taken by the service that runs the step, and by nobody else', async () => {
    for (const [source, resources] of await allResources()) {
      for (const { kind, id, props } of resources) {
        if (kind !== 'aws/role') continue;
        const trust = props['trust'] as readonly string[];
        expect(trust.length, `${source}: ${id}`).toBeGreaterThan(0);
        for (const service of trust)
          expect(service).toMatch(/^(lambda|ecs-tasks|ec2|batch)\.amazonaws\.com$/);
        // Rule: ECS's developer guide, "Amazon ECS task IAM role": on behalf of this account only.
        if (trust.includes('ecs-tasks.amazonaws.com'))
          expect(props['source'], `${source}: ${id}`).toEqual({
            account: '123456789012',
            arn: expect.stringMatching(/^arn:aws:ecs:[a-z0-9-]+:123456789012:\*$/),
          });
      }
    }
  });
});

/** Things beside one that a role may use: names that begin alike, and the same in another bucket, account or region. */
function neighboursOf(resource: string): readonly string[] {
  const [, name = '', behind = '', end = ''] = /^(.*?)([/:]?)(\*?)$/.exec(resource) ?? [];
  const parts = name.split(':');
  const [bucket = '', ...key] = (parts[5] ?? '').split('/');
  const inOther = [...parts.slice(0, 5), [`${bucket}-other`, ...key].join('/'), ...parts.slice(6)].join(':');
  const elsewhere = parts
    .map((part, index) => (index === 4 && part !== '' ? '999999999999' : part))
    .join(':');
  const below = end === '' ? '' : 'x';
  return [
    `${name}-other${behind}${below}`,
    `${name}x${behind}${below}`,
    `${name.slice(0, -1)}${behind}${below}`,
    ...(name.startsWith('arn:aws:s3:::') ? [`${inOther}${behind}${below}`] : []),
    ...(elsewhere === name ? [] : [`${elsewhere}${behind}${below}`]),
  ];
}
