/**
 * What a fake cluster holds, and what its handlers answer. Rules: OSCAR, `pkg/handlers` and `pkg/utils/auth`.
 */

import type { Json, Service } from './binding.ts';
import type { FieldSpec } from './fields.ts';
import type { Issuer } from './issuer.ts';
import type { Minio } from './minio.ts';
import type { Release } from './release.ts';

/** Owner of what the administrator makes. */
export const ADMIN = 'cluster_admin';

export type JobStatus = 'Pending' | 'Suspended' | 'Running' | 'Succeeded' | 'Failed';

export interface Job {
  readonly name: string;
  readonly service: string;
  readonly owner: string;
  readonly event: string;
  readonly created: Date;
  status: JobStatus;
  started?: Date;
  finished?: Date;
  /** Absent while there is no pod. */
  log?: string;
}

export interface Settings {
  /** Name of the serverless backend; empty where `/run` does not exist. */
  readonly serverlessBackend: string;
  readonly gpus: boolean;
  readonly volumes: boolean;
  /** Images must contain one of these. */
  readonly allowedImages: readonly string[];
  /** Jobs and objects a page. */
  readonly pageSize: number;
  /** Where outputs to S3 go; AWS itself without it. */
  readonly s3Endpoint: string | undefined;
  /** Where clients are told that MinIO is; where it is without it. */
  minioEndpoint?: string;
  /** Whether services run when files arrive. */
  readonly runs: boolean;
  /** Whether no job finds room, which a manager knows that has its Resource Manager on. */
  readonly full: boolean;
  /** Virtual organisations of the cluster. */
  readonly groups: readonly string[];
}

export interface Cluster {
  readonly release: Release;
  readonly fields: readonly FieldSpec[];
  readonly settings: Settings;
  readonly admin: { readonly user: string; readonly password: string };
  readonly issuer: Issuer | undefined;
  readonly minio: Minio;
  readonly services: Map<string, Service>;
  /** Kubernetes secrets by name: those of services are called like them. */
  readonly secrets: Map<string, Readonly<Record<string, string>>>;
  /** By name; `service` takes it along when it goes. */
  readonly volumes: Map<string, Volume>;
  readonly jobs: Job[];
  /** Runs that are under way. */
  readonly underWay: Set<Promise<unknown>>;
  /** Users whose first call is not answered yet. */
  readonly arriving: Set<string>;
  readonly url: string;
}

export interface Volume {
  readonly size: string;
  readonly service: string | undefined;
  readonly namespace: string;
}

/** Who asks: the administrator with a password, or a user by a token. */
export interface Identity {
  readonly admin: boolean;
  readonly uid: string;
  readonly name: string;
}

export interface Ask {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly authorization: string;
  /** Name of the job that another cluster hands on. */
  readonly delegatedJob?: string | undefined;
  readonly body: Buffer;
  readonly identity: Identity;
}

export interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly json?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (cluster: Cluster, ask: Ask) => Answer | Promise<Answer>;

/** The server's own code broke: 500 with nothing in it. */
export class Panic extends Error {}

export const plain = (status: number, text: string): Answer => ({ status, text });
export const json = (value: Json): Answer => ({ status: 200, json: value });
export const NOT_FOUND: Answer = { status: 404 };

/** Whether somebody may see a service. */
export function mayUse(service: Service, { admin, uid }: Identity): boolean {
  if (admin || service['visibility'] === 'public' || service['owner'] === uid) return true;
  return service['visibility'] === 'restricted' && (service['allowed_users'] ?? []).includes(uid);
}

/** `minio.my_minio` → its kind and id. */
export function provider(reference: string): { readonly kind: string; readonly id: string } {
  const text = reference.trim();
  const dot = text.indexOf('.');
  const kind = (dot < 0 ? text : text.slice(0, dot)).toLowerCase();
  return { kind, id: dot < 0 ? 'default' : text.slice(dot + 1) };
}

/** Bucket and the rest of a path, if there is one. */
export function split(path: string): readonly [bucket: string, folder: string | undefined] {
  const clean = path.replace(/^[ /]+|[ /]+$/g, '');
  const slash = clean.indexOf('/');
  return slash < 0 ? [clean, undefined] : [clean.slice(0, slash), clean.slice(slash + 1)];
}
