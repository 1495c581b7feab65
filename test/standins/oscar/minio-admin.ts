/** What a cluster's manager does as the administrator of its MinIO: users, and which buckets they may use. */
import { createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Keys } from './minio.ts';

/** A policy of MinIO as OSCAR writes it. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly { Effect: string; Action: readonly string[]; Resource: readonly string[] }[];
}

export interface MinioAdmin {
  addUser(name: string, secret: string): Promise<void>;
  /** The policy of that name; nothing where there is none. */
  policy(name: string): Promise<Policy | undefined>;
  putPolicy(name: string, policy: Policy): Promise<void>;
  /** Gives a policy to the user, or the group, of the same name. */
  attach(name: string, isGroup: boolean): Promise<void>;
  /** Adds members to a group, which is made if need be, or takes some away. */
  group(name: string, members: readonly string[], isRemoval?: boolean): Promise<void>;
  members(group: string): Promise<readonly string[]>;
  removePolicy(name: string): Promise<void>;
}

/** Without a server: it knows users and policies, and refuses what MinIO refuses, but keeps nobody out of a bucket. */
export function memoryAdmin(): MinioAdmin {
  const users = new Set<string>();
  const groups = new Map<string, ReadonlySet<string>>();
  const policies = new Map<string, Policy>();
  return {
    addUser: async (name) => void users.add(name),
    policy: async (name) => policies.get(name),
    putPolicy: async (name, policy) => {
      if (name === '') throw new Error('Invalid arguments provided for request');
      policies.set(name, policy);
    },
    attach: async (name, isGroup) => {
      if (!(isGroup ? groups : users).has(name)) throw new Error('The specified user does not exist.');
    },
    group: async (name, members, isRemoval) => {
      const known = groups.get(name) ?? new Set();
      const gone = new Set(isRemoval ? members : []);
      groups.set(name, new Set([...known, ...members].filter((member) => !gone.has(member))));
    },
    members: async (group) => [...(groups.get(group) ?? [])],
    removePolicy: async (name) => void policies.delete(name),
  };
}

/** Over MinIO's administration API. Rule: madmin-go, `user-commands.go`, `policy-commands.go`. */
export function serverAdmin(url: string, root: Keys): MinioAdmin {
  const send = (method: string, call: string, query: Readonly<Record<string, string>>, body?: Buffer) =>
    request({ url, root, method, call, query, body });
  return {
    addUser: async (name, secret) => {
      const user = Buffer.from(JSON.stringify({ secretKey: secret, status: 'enabled' }));
      await send('PUT', 'add-user', { accessKey: name }, encrypted(root.secretKey, user));
    },
    policy: async (name) => {
      const answer = await send('GET', 'info-canned-policy', { name, v: '2' }).catch(() => undefined);
      return answer ? (JSON.parse(answer) as { Policy: Policy }).Policy : undefined;
    },
    putPolicy: async (name, policy) => {
      await send('PUT', 'add-canned-policy', { name }, Buffer.from(JSON.stringify(policy)));
    },
    attach: async (name, isGroup) => {
      const query = { policyName: name, userOrGroup: name, isGroup: String(isGroup) };
      await send('PUT', 'set-user-or-group-policy', query);
    },
    group: async (name, members, isRemove = false) => {
      const body = { group: name, members, groupStatus: 'enabled', isRemove };
      await send('PUT', 'update-group-members', {}, Buffer.from(JSON.stringify(body)));
    },
    members: async (group) => {
      const answer = JSON.parse(await send('GET', 'group', { group })) as { members?: readonly string[] };
      return answer.members ?? [];
    },
    removePolicy: async (name) => void (await send('DELETE', 'remove-canned-policy', { name })),
  };
}

interface AdminRequest {
  readonly url: string;
  readonly root: Keys;
  readonly method: string;
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

async function request({ url, root, method, call, query, body }: AdminRequest): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const signer = new SignatureV4({
    service: 's3',
    region: 'us-east-1',
    credentials: { accessKeyId: root.accessKey, secretAccessKey: root.secretKey },
    sha256: Sha256 as never,
    uriEscapePath: false,
  });
  const path = `/minio/admin/v3/${call}`;
  const signed = await signer.sign({
    ...{ method, protocol: 'http:', hostname, port: Number(port), path, query, body },
    headers: { host },
  });
  const response = await fetch(`${url}${path}?${new URLSearchParams(query)}`, {
    method,
    headers: signed.headers,
    ...(body && { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new Error((JSON.parse(text) as { Message?: string }).Message ?? text);
}

class Sha256 {
  readonly #hash;
  constructor(secret?: Uint8Array | string) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const SALT_BYTES = 32;
const NONCE_BYTES = 8;
const PBKDF2_AES_GCM = 2;
const PBKDF2_COST = 8192;

/**
 * The administration API takes secrets encrypted with the administrator's: salt, kind, nonce, and one piece of AES-GCM.
 * Rule: madmin-go, `EncryptData`; sio-go, `EncWriter`.
 */
function encrypted(password: string, data: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const key = pbkdf2Sync(password, salt, PBKDF2_COST, 32, 'sha256');
  const seal = (counter: number, about: Buffer, plain: Buffer) => {
    const number = Buffer.alloc(4);
    number.writeUInt32LE(counter);
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([nonce, number]));
    cipher.setAAD(about);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  const about = seal(0, Buffer.alloc(0), Buffer.alloc(0));
  const last = Buffer.concat([Buffer.from([0x80]), about]);
  return Buffer.concat([salt, Buffer.from([PBKDF2_AES_GCM]), nonce, seal(1, last, data)]);
}
