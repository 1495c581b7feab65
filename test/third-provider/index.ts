/** A made-up compute farm: a folder with a file for each job that is set up there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Props, ResourceKind } from '../../src/deploy/resource.ts';
import { cloudWork, type Looks } from '../../src/providers/cloud-work.ts';
import type { Provider, ProviderContext } from '../../src/providers/provider.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { isFarm } from './dialect/index.ts';

type JobProps = { readonly name: string; readonly cores: number };

/** The farm is the folder that `FARM` names. */
export function farmProvider({ environment, signal }: ProviderContext): Provider {
  const root = environment['FARM'] ?? '.';
  const jobs = ({ steps }: Workflow) => steps.filter(isFarm);
  const looks: Looks = {
    invocations: async function* () {},
    logs: async function* () {},
    steps: async (workflow) =>
      jobs(workflow)
        .filter(({ name }) => existsSync(join(root, name)))
        .map(({ id, mode }) => ({ step: id, provider: 'farm', mode, state: 'ready' })),
    storage: () => {
      throw new Error('the farm opens no stores');
    },
  };
  const calls: Pick<Provider['runtime'], 'invoke'> = {
    invoke: async (_workflow, { id }) => {
      throw new Error(`the job ${id} takes no calls`);
    },
  };
  return {
    deployer: {
      resolve: async () => undefined,
      desired: (workflow) =>
        jobs(workflow).map(({ id, name, settings }) => {
          const props = { name, cores: settings.cores ?? 1 };
          return { id: `farm/main/job/${name}`, kind: 'farm/job', step: id, props, dependsOn: [] };
        }),
      kinds: () => ({ 'farm/job': jobKind(root) as unknown as ResourceKind }),
    },
    runtime: {
      ...looks,
      ...calls,
      ...cloudWork({ ...looks, ...calls }, signal),
      deployed: async () => [],
    },
  };
}

function jobKind(root: string): ResourceKind<JobProps, JobProps> {
  const fileOf = ({ name }: Props) => join(root, String(name));
  return {
    title: 'job',
    rank: 0,
    rules: { name: { ignored: 'the job is found by it' }, cores: { by: 'write' } },
    read: async (props) =>
      existsSync(fileOf(props))
        ? { owned: true, attrs: JSON.parse(readFileSync(fileOf(props), 'utf8')) as JobProps }
        : undefined,
    changes: (props, attrs) =>
      props.cores === attrs.cores ? [] : [{ path: 'cores', before: attrs.cores, after: props.cores }],
    async reconcile(props) {
      mkdirSync(root, { recursive: true });
      writeFileSync(fileOf(props), JSON.stringify(props));
      return props;
    },
    async delete(attrs) {
      rmSync(fileOf(attrs), { force: true });
      return undefined;
    },
    list: async () =>
      (existsSync(root) ? readdirSync(root) : []).map((name) => {
        const attrs = JSON.parse(readFileSync(join(root, name), 'utf8')) as JobProps;
        return { id: `farm/main/job/${name}`, attrs };
      }),
  };
}
