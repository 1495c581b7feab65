/** Who may use a bucket: policies of MinIO, as OSCAR writes them. Rules: OSCAR, `pkg/utils/minio.go`. */
import type { Service } from './binding.ts';
import type { Cluster } from './cluster.ts';
import type { Policy } from './minio-admin.ts';

const EVERYBODY = 'all_users_group';

/** Rule: `SetPolicies`. Fails for who is no user of MinIO, such as the owner of what the administrator makes. */
export async function setPolicies(
  cluster: Cluster,
  bucket: string,
  { owner = '', visibility = '', allowed_users: users = [] }: Service,
): Promise<void> {
  const { admin } = cluster.minio;
  if (visibility !== 'private' && visibility !== 'restricted') {
    await admin.group(EVERYBODY, []);
    return addPolicy(cluster, bucket, EVERYBODY, ['s3:*'], true);
  }
  await addPolicy(cluster, bucket, owner, ['s3:*'], false);
  if (visibility !== 'restricted') return;
  await admin.group(bucket, users);
  const actions = ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject'];
  await addPolicy(cluster, bucket, bucket, actions, true);
}

/** Rule: `CreateAddPolicy`. */
export async function addPolicy(
  { minio: { admin } }: Cluster,
  bucket: string,
  name: string,
  actions: readonly string[],
  isGroup: boolean,
): Promise<void> {
  const resource = `arn:aws:s3:::${bucket}/*`;
  const [known] = (await admin.policy(name))?.Statement ?? [];
  const resources = known && known.Effect !== 'Deny' ? [...known.Resource, resource] : [resource];
  const whom = `MinIO policy for user/group ${name}`;
  await admin.putPolicy(name, allowing(resources, known?.Action ?? actions)).catch((error: Error) => {
    throw new Error(`error creating/adding ${whom}: ${error.message}`);
  });
  await admin.attach(name, isGroup).catch((error: Error) => {
    throw new Error(`error setting ${whom}: ${error.message}`);
  });
}

function allowing(Resource: readonly string[], Action: readonly string[]): Policy {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] };
}

/** Rule: `RemoveResource`. */
export async function removePolicy(
  { minio: { admin } }: Cluster,
  bucket: string,
  { owner = '', visibility = '' }: Service,
): Promise<void> {
  const name = visibility === 'public' ? EVERYBODY : owner;
  const [known] = (await admin.policy(name))?.Statement ?? [];
  if (!known) throw new Error('error removing resource');
  const rest = known.Resource.filter((each) => each !== `arn:aws:s3:::${bucket}/*`);
  const denied = {
    ...known,
    Effect: 'Deny',
    Resource: [`arn:aws:s3:::${bucket}notValid/*`],
  };
  const statement = known.Resource.length === 1 ? denied : { ...known, Resource: rest };
  await admin.putPolicy(name, { Version: '2012-10-17', Statement: [statement] });
}

/** Rule: `GetCurrentResourceVisibility`: none where no policy of anybody names the bucket. */
export async function visibilityOf(cluster: Cluster, bucket: string, owner: string): Promise<string> {
  const names = (policy: string) => isInPolicy(cluster, policy, bucket);
  if (await names(bucket)) return 'restricted';
  if (await names(owner)) return 'private';
  return (await names(EVERYBODY)) ? 'public' : '';
}

/** Rule: `ResourceInPolicy`. */
export async function isInPolicy({ minio }: Cluster, policy: string, bucket: string): Promise<boolean> {
  const [known] = (policy === '' ? undefined : await minio.admin.policy(policy))?.Statement ?? [];
  return known?.Resource.includes(`arn:aws:s3:::${bucket}/*`) ?? false;
}

/** Rule: `UnsetPolicies`, `RemoveGroupPolicy`. */
export async function unsetPolicies(cluster: Cluster, bucket: string, service: Service): Promise<void> {
  await removePolicy(cluster, bucket, service);
  if (service['visibility'] !== 'restricted') return;
  const { admin } = cluster.minio;
  await admin.group(bucket, await admin.members(bucket), true);
  await admin.group(bucket, [], true);
  await admin.removePolicy(bucket);
}

/** Rule: `UpdateServiceGroup`: who is not named any more leaves the group, who is joins it. */
export async function setMembers(
  { minio: { admin } }: Cluster,
  bucket: string,
  users: readonly string[],
): Promise<void> {
  const gone = (await admin.members(bucket)).filter((member) => !users.includes(member));
  if (gone.length > 0) await admin.group(bucket, gone, true);
  await admin.group(bucket, users);
}
