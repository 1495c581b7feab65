/** The stores of a workflow on AWS, reached from this machine. */
import { openStorage } from '../../../storage/open.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Store } from '../../../storage/store.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { AwsStep } from '../dialect/step.ts';
import { type Site, siteKey } from '../site.ts';
import { awsSteps } from '../step.ts';
import { credentialsOf } from '../step-stores.ts';
import type { SiteOf } from './sources.ts';

/** A store that is opened from the outside, or for the buckets of the account with the credentials of their steps. */
export function awsStorage(workflow: Workflow, store: Store, siteOf: SiteOf): Storage {
  return isOwn(store) ? accountStorage(workflow, store, siteOf) : openStorage(store);
}

/** S3 without credentials of its own is that of the account. */
function isOwn(store: Store): boolean {
  const { kind, endpoint } = store;
  return kind === 's3' && endpoint === undefined && Object.keys(credentialsOf(store)).length === 0;
}

/** Buckets belong to regions and accounts: each is reached as the step that uses it reaches it. */
function accountStorage(workflow: Workflow, store: Store, siteOf: SiteOf): Storage {
  const opened = new Map<string, Storage>();
  const at = async (bucket: string): Promise<Storage> => {
    const site = await siteOf(stepOf(workflow, bucket));
    const storage = opened.get(siteKey(site)) ?? openAt(store, site);
    opened.set(siteKey(site), storage);
    return storage;
  };
  return {
    stat: async (bucket, key) => (await at(bucket)).stat(bucket, key),
    async *list(bucket, ...rest) {
      yield* (await at(bucket)).list(bucket, ...rest);
    },
    download: async (bucket, ...rest) => (await at(bucket)).download(bucket, ...rest),
    upload: async (file, bucket, ...rest) => (await at(bucket)).upload(file, bucket, ...rest),
    read: async (bucket, key) => (await at(bucket)).read(bucket, key),
    remove: async (bucket, key) => (await at(bucket)).remove(bucket, key),
    buckets: async (signal) => (await (await at('')).buckets?.(signal)) ?? [],
    async *level(bucket, ...rest) {
      yield* (await at(bucket)).level?.(bucket, ...rest) ?? [];
    },
    copy: async (from, to, ...rest) => (await at(to.bucket)).copy?.(from, to, ...rest),
    keepsVersions: async (bucket) => (await (await at(bucket)).keepsVersions?.(bucket)) ?? false,
  };
}

function openAt(store: Store, { region, profile }: Site): Storage {
  return openStorage({ ...store, region: store.region ?? region }, { profile });
}

/** The step that reads the bucket, else one that writes to it, else any; one without settings where there is none. */
function stepOf(workflow: Workflow, bucket: string): AwsStep {
  const steps = awsSteps(workflow);
  const uses = (folders: 'inputs' | 'outputs') =>
    steps.find((step) => step[folders].some((folder) => folder.bucket === bucket));
  return uses('inputs') ?? uses('outputs') ?? steps[0] ?? ({ settings: {} } as AwsStep);
}
