/**
 * Another value of any property of any kind is noticed, and written by what the kind's table says, or the table says why
 * not. Samples must have other values of every property: their types demand it, as those of the tables demand a rule.
 */

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Change, Props, ResourceKind } from '../../src/deploy/resource.ts';
import { IDENTITY, listRules, type Rule } from '../../src/deploy/rules.ts';
import { awsKinds } from '../../src/providers/aws/kinds/index.ts';
import { localProvider } from '../../src/providers/local/index.ts';
import { oscarKinds } from '../../src/providers/oscar/kinds/index.ts';
import type { ProviderContext } from '../../src/providers/provider.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { AWS_SAMPLES } from './aws/kind-samples.ts';
import { LOCAL_SAMPLES } from './local/kind-samples.ts';
import { OSCAR_SAMPLES } from './oscar/kind-samples.ts';
import type { AnySample } from './sample.ts';

const NOBODY = { name: 'shop', steps: [] } as unknown as Workflow;
const local = localProvider({ environment: { FDL_HOME: '/nowhere' } } as unknown as ProviderContext);

const KINDS: Readonly<Record<string, ResourceKind>> = {
  ...awsKinds({} as never),
  ...oscarKinds({} as never),
  ...local.deployer.kinds(NOBODY, undefined, {} as never),
};
const SAMPLES = { ...AWS_SAMPLES, ...OSCAR_SAMPLES, ...LOCAL_SAMPLES };

function isWithin(path: string, outer: string): boolean {
  return outer === '' || path === outer || path.startsWith(`${outer}.`);
}

/** The rule that a change falls under. */
function ruleOf(kind: ResourceKind, { path }: Change): Rule | undefined {
  return listRules(kind.rules).find(({ path: outer }) => path === outer || path.startsWith(`${outer}.`))
    ?.rule;
}

/** What is wrong with what a kind makes of another value of a property; nothing if all is well. */
function complaint(
  kind: ResourceKind,
  sample: AnySample,
  property: string,
  value: unknown,
): string | undefined {
  const props: Props = { ...sample.props, [property]: value };
  const changes = kind.changes(props, sample.attrs);
  const own = listRules({ [property]: kind.rules[property] });
  if (own.every(({ rule }) => 'ignored' in rule)) {
    return changes.length === 0 ? undefined : 'it is said to be ignored, but counts';
  }
  if (!own.some(({ path: outer }) => changes.some(({ path }) => isWithin(path, outer)))) {
    return changes[0] ? `it is noticed as ${changes[0].path}` : 'it is not noticed';
  }
  for (const change of changes) {
    const rule = ruleOf(kind, change);
    const by = rule && 'by' in rule ? rule.by : '';
    if (by === 'replace') return change.replace ? undefined : 'it takes no new object';
    const write = sample.writes?.[by];
    const paths = changes.map(({ path }) => path);
    if (!change.replace && write && isDeepStrictEqual(write(props, paths), write(sample.props, paths))) {
      return `${by} does not write ${change.path}`;
    }
  }
  return undefined;
}

it('there are samples of every kind', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(KINDS).sort());
});

it('besides what objects are found by, only these properties are not compared', () => {
  const ignored = Object.entries(KINDS).flatMap(([name, kind]) =>
    listRules(kind.rules).flatMap(({ path, rule }) => {
      return 'ignored' in rule && rule.ignored !== IDENTITY.ignored ? [`${name} ${path}`] : [];
    }),
  );
  expect(ignored.sort()).toEqual([
    'aws/bucket needsRegion',
    'aws/compute-environment desiredVcpus',
    'aws/deployment-bucket account',
    'aws/function preheat',
    'aws/image previous',
    'aws/notification account',
    'oscar/bucket madeWith',
    'oscar/service step',
    'oscar/volume stays',
  ]);
});

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  const samples = SAMPLES[name] ?? [];

  it('is as it should be where nothing differs', () => {
    for (const { props, attrs } of samples) expect(kind.changes(props, attrs)).toEqual([]);
  });

  it('notices and writes another value of every property, or says why not', () => {
    const complaints = samples.flatMap((sample) =>
      Object.entries<readonly unknown[]>(sample.others).flatMap(([property, values]) =>
        values.flatMap((value) => {
          const wrong = complaint(kind, sample, property, value);
          return wrong ? [`${property} = ${JSON.stringify(value)?.slice(0, 200)}: ${wrong}`] : [];
        }),
      ),
    );
    expect(complaints).toEqual([]);
  });
});
