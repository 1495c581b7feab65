/** `fdl bucket`: the buckets of a cluster's own MinIO, and who may use them. */
import { FdlError } from '../errors.ts';
import type { Access, Bucket } from '../session/clusters.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import type { Style } from '../terminal/style.ts';
import { agree } from './agree.ts';
import type { CommandContext, Handler } from './command.ts';
import { columnsText, type OfCluster, withCluster } from './with-cluster.ts';

// What `--json` prints.

export interface BucketsDocument {
  readonly cluster: string;
  readonly buckets: readonly Bucket[];
}

export interface BucketDocument extends Bucket {
  readonly cluster: string;
}

export interface RemovedBucketDocument {
  readonly cluster: string;
  readonly name: string;
}

interface AccessOptions extends OfCluster {
  readonly visibility?: NonNullable<Access['visibility']>;
  readonly allow?: readonly string[];
}

interface RemovalOptions extends OfCluster {
  readonly deleteData?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Lists all buckets that one sees. */
export const ls: Handler = async (context, _args, options: OfCluster) => {
  const { terminal } = context;
  const document = await withCluster(context, options, 'listing buckets', async ({ id, buckets }) => {
    return { cluster: id, buckets: await buckets.list() } satisfies BucketsDocument;
  });
  if (terminal.json) terminal.data(document);
  else terminal.out(listText(document, terminal.outStyle));
  return 0;
};

/** Shows one bucket. */
export const info: Handler = async (context, [name], options: OfCluster) =>
  show(context, options, 'looking at the bucket', (buckets) => buckets.read(String(name)));

/** Makes a bucket. */
export const create: Handler = async (context, [name], options: AccessOptions) => {
  const access = accessOf(options);
  return show(context, options, 'making the bucket', (buckets) => buckets.create(String(name), access));
};

/** Changes who may use a bucket. */
export const update: Handler = async (context, [name], options: AccessOptions) => {
  const access = accessOf(options);
  if (access.visibility === undefined && access.allowedUsers === undefined) {
    const hint = 'Say who may use the bucket: --visibility or --allow.';
    throw new FdlError('usage', 'there is nothing to change', { hint, exitCode: 2 });
  }
  return show(context, options, 'changing the bucket', (buckets) => buckets.update(String(name), access));
};

/** Removes a bucket; asks, unless told not to. */
export const rm: Handler = async (context, [given], options: RemovalOptions) => {
  const { terminal } = context;
  const name = String(given);
  const { cluster, isEmpty, services } = await withCluster(
    context,
    options,
    'looking at the bucket',
    async ({ id, buckets }) => ({ cluster: id, ...(await buckets.contents(name)) }),
  );
  if (services.length > 0 && !options.force) {
    const hint = 'Remove them first, or add --force.';
    throw new FdlError('bucket-in-use', `bucket "${name}" is used by ${services.join(', ')}`, { hint });
  }
  if (!isEmpty && !options.deleteData) {
    const hint = 'Add --delete-data to delete it with all that is in it.';
    throw new FdlError('bucket-not-empty', `bucket "${name}" is not empty`, { hint });
  }
  await agree(
    terminal,
    `Delete the bucket "${name}"${isEmpty ? '' : ' with all that is in it'}?`,
    options.yes,
  );
  await withCluster(context, { cluster }, 'removing the bucket', ({ buckets }) => buckets.remove(name));
  if (terminal.json) terminal.data({ cluster, name } satisfies RemovedBucketDocument);
  else terminal.out(`Bucket ${name} is removed from cluster ${cluster}.`);
  return 0;
};

/** @throws FdlError `usage` where users are named for a bucket that is not for some users. */
function accessOf({ visibility, allow }: AccessOptions): Access {
  if (allow === undefined || visibility === undefined || visibility === 'restricted')
    return { visibility, allowedUsers: allow };
  const hint = 'Leave out --allow, or make the bucket restricted.';
  const message = `--allow names users of a restricted bucket, not of a ${visibility} one`;
  throw new FdlError('usage', message, { hint, exitCode: 2 });
}

type Buckets = Parameters<Parameters<typeof withCluster>[3]>[0]['buckets'];

async function show(
  context: CommandContext,
  options: OfCluster,
  doing: string,
  work: (buckets: Buckets) => Promise<Bucket>,
): Promise<0> {
  const { terminal } = context;
  const document: BucketDocument = await withCluster(context, options, doing, async ({ id, buckets }) => {
    return { cluster: id, ...(await work(buckets)) };
  });
  if (terminal.json) terminal.data(document);
  else terminal.out(bucketText(document, terminal.outStyle));
  return 0;
}

function listText({ cluster, buckets }: BucketsDocument, style: Style): string {
  if (buckets.length === 0) return `Cluster ${cluster} shows you no bucket.`;
  const rows = buckets.map((bucket) => [
    bucket.name,
    bucket.visibility ?? '-',
    bucket.owner ?? '-',
    usageText(bucket),
  ]);
  return columnsText(rows, style);
}

function usageText({ objects, bytes }: Bucket): string {
  const parts = [
    objects === undefined ? [] : countOf(objects, 'object'),
    bytes === undefined ? [] : bytesText(bytes),
  ];
  return parts.flat().join(', ');
}

function bucketText({ cluster, ...bucket }: BucketDocument, style: Style): string {
  const { name, visibility, owner, allowedUsers, maxBytes } = bucket;
  const rows: readonly (readonly [string, string])[] = [
    ['cluster', cluster],
    ['visibility', visibility ?? 'none: only the administrator may use it'],
    ['owner', owner ?? 'unknown'],
    ['may use it', allowedUsers.join(', ')],
    ['contents', usageText(bucket)],
    ['limit', maxBytes === undefined ? '' : bytesText(maxBytes)],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([label]) => label.length));
  const lines = shown.map(([label, value]) => `  ${style('dim', label.padEnd(width))}  ${value}`);
  return [style('bold', name), ...lines].join('\n');
}
