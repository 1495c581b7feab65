/** `/system/buckets`. Rules: OSCAR, `pkg/handlers/buckets`. */

import { createHash, createHmac } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Json, Service } from './binding.ts';
import { ADMIN, type Cluster, type Handler, json, plain, split } from './cluster.ts';
import { isInPolicy, setMembers, setPolicies, unsetPolicies, visibilityOf } from './policies.ts';
import { deleteBucket } from './service-buckets.ts';

/** Rule: OSCAR, `MakeListHandler`, which asks for the visibility that a bucket has for who asks. */
export const list: Handler = async (cluster, { identity }) => {
  const { minio } = cluster;
  const uid = identity.admin ? '' : identity.uid;
  const rows = await Promise.all(
    (await minio.buckets()).map(async (name): Promise<Json | undefined> => {
      const { owner = '', ...metadata } = await minio.tagsOf(name);
      const visibility = await visibilityOf(cluster, name, uid);
      if (!identity.admin && visibility === '') return undefined;
      return { ...(await about(cluster, name, visibility)), owner, metadata };
    }),
  );
  const visible = rows.flatMap((row) => (row === undefined ? [] : [row]));
  // A list of none is null where the server never filled one.
  return json(visible.length > 0 ? visible : null);
};

/** What is told of a bucket whoever asks. Rule: OSCAR since 4.1.0, `EnrichBucketQuotaAndUsage`. */
async function about(
  { minio, release }: Cluster,
  name: string,
  visibility: string,
): Promise<{ readonly [field: string]: Json }> {
  const members = visibility === 'restricted' ? [...(await minio.admin.members(name))] : null;
  const usage = { storage_usage: { used: '0 B', used_bytes: 0 } };
  return {
    bucket_name: name,
    visibility,
    allowed_users: members,
    ...(release.since('4.1') && usage),
  };
}

export const read: Handler = async (cluster, { params, query, identity }) => {
  const { minio, settings } = cluster;
  const name = params['bucket'] ?? '';
  const { owner = ADMIN, ...metadata } = await minio.tagsOf(name);
  const visibility = await visibilityOf(cluster, name, owner);
  if (!identity.admin && visibility === '') return plain(403, `User '${identity.uid}' is not authorised`);
  const token = query.get('page') ?? '';
  // Rule: OSCAR, `MakeGetHandler`, which reads of the query the page alone.
  const command = new ListObjectsV2Command({
    Bucket: name,
    MaxKeys: settings.pageSize,
    ...(token && { ContinuationToken: token }),
  });
  const listed = await minio.client.send(command).catch((error: Error) => error);
  if (listed instanceof Error) {
    return plain(500, `Error listing objects in bucket '${name}': ${listed.name}: ${listed.message}`);
  }
  const objects = (listed.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
    object_name: Key,
    size_bytes: Size,
    // Rule: OSCAR, `MakeGetHandler`: as Go prints a time.
    last_modified: LastModified
      ? `${LastModified.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
      : '',
  }));
  const next = listed.NextContinuationToken ? { next_page: listed.NextContinuationToken } : {};
  return json({
    ...(await about(cluster, name, visibility)),
    owner,
    metadata,
    objects,
    ...next,
    is_truncated: listed.IsTruncated ?? false,
    returned_items: objects.length,
  });
};

export const create: Handler = async (cluster, { body, identity }) => {
  const { minio } = cluster;
  const { bucket_name: path = '', ...access } = JSON.parse(body.toString()) as Service;
  const [name, folder] = split(path);
  try {
    await minio.create(name);
    if (folder !== undefined) await minio.putFolder(name, `${folder}/`);
  } catch (error) {
    return plain(400, `Error creating bucket with name '${name}': ${(error as Error).message}`);
  }
  await minio.tag(name, { owner: identity.admin ? 'oscar' : identity.uid, owner_name: identity.name });
  if (identity.admin) return { status: 201 };
  const visibility = access['visibility'] || 'private';
  // Rule: OSCAR, `MakeCreateHandler` of buckets, seen on 4.1.2: a folder is part of what the user gets rights on, and nothing else.
  const failed = await setPolicies(cluster, path, { ...access, owner: identity.uid, visibility }).catch(
    (error: Error) => error,
  );
  return failed ? plain(500, `Error creating policies for bucket: ${failed.message}`) : { status: 201 };
};

/** Rule: OSCAR, `MakeUpdateHandler` of buckets: who has no right on a bucket changes nothing, and hears nothing of it. */
export const update: Handler = async (cluster, { body, identity }) => {
  const asked = JSON.parse(body.toString()) as Service;
  const name: string = asked['bucket_name'] ?? '';
  if (Object.keys(await cluster.minio.tagsOf(name)).length === 0) {
    return plain(500, 'Missing bucket metadata: \n');
  }
  // The administrator is no user of MinIO's.
  const owner = identity.admin ? 'oscar' : identity.uid;
  const now = await visibilityOf(cluster, name, owner);
  const isOwn = now === 'public' || (await isInPolicy(cluster, owner, name));
  if (now === '' || !isOwn) return { status: 204 };
  try {
    if (now !== asked['visibility']) {
      await unsetPolicies(cluster, name, { owner, visibility: now });
      await setPolicies(cluster, name, { ...asked, owner });
    } else if (now === 'restricted') {
      await setMembers(cluster, name, asked['allowed_users'] ?? []);
    }
  } catch (error) {
    // Users whom MinIO does not know. Seen on OSCAR 4.0.0 and 4.1.2.
    return plain(500, `error updating bucket: error creating bucket group: ${(error as Error).message}`);
  }
  return { status: 204 };
};

export const remove: Handler = async (cluster: Cluster, { params, identity }) => {
  const name = params['bucket'] ?? '';
  if (!(await cluster.minio.exists(name))) return plain(404, `The bucket '${name}' does not exist`);
  const { owner = '' } = await cluster.minio.tagsOf(name);
  if (!identity.admin && owner !== identity.uid)
    return plain(403, `User '${identity.uid}' is not authorised`);
  const user = identity.admin ? ADMIN : identity.uid;
  await deleteBucket(cluster, name, {
    owner: user,
    visibility: await visibilityOf(cluster, name, user),
  });
  return { status: 204 };
};

/** URLs that upload or download one object without keys, valid for a while. */
export const presign: Handler = async ({ minio }, { params, body }) => {
  const {
    object_key: key = '',
    operation = '',
    expires_in: asked = 0,
    content_type: type = '',
  } = JSON.parse(body.toString()) as {
    object_key?: string;
    operation?: string;
    expires_in?: number;
    content_type?: string;
  };
  const clean = key.trim().replace(/^\/+|\/+$/g, '');
  if (clean === '') return plain(400, 'Object key cannot be empty');
  if (operation !== 'upload' && operation !== 'download') {
    return plain(400, `Unsupported operation '${operation}'. Allowed values are 'upload' or 'download'`);
  }
  const seconds = asked || 900;
  if (seconds < 60 || seconds > 604_800) {
    return plain(400, `Invalid expiration requested: ${seconds}. Allowed range is 60-604800 seconds`);
  }
  const bucket = params['bucket'] ?? '';
  if (!(await minio.exists(bucket))) return plain(404, `Bucket '${bucket}' not found`);
  const method = operation === 'upload' ? 'PUT' : 'GET';
  const headers = operation === 'upload' && type ? { headers: { 'Content-Type': type } } : {};
  const expires = new Date(Date.now() + seconds * 1000).toISOString();
  const url = presigned(minio.url, `/${bucket}/${clean}`, seconds, minio.root.accessKey, method);
  return json({ object_key: clean, operation, method, url, expires_at: expires, ...headers });
};

/** MinIO's stand-in checks whose key it is, not what was signed; the form is that of a presigned URL. */
function presigned(base: string, path: string, seconds: number, key: string, method: string): string {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${key}/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': createHmac('sha256', key)
      .update(
        createHash('md5')
          .update(method + path)
          .digest(),
      )
      .digest('hex'),
  });
  return `${base}${path.split('/').map(encodeURIComponent).join('/')}?${query}`;
}
