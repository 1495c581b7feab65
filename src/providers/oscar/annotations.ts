/** Whose a service is: its annotations say so. */
import { createHash } from 'node:crypto';
import type { Props, Value } from '../../deploy/resource.ts';
import { isBranch, isList } from '../../deploy/value.ts';
import { Secret } from '../../secret.ts';
import type { ServiceAnswer } from './api/answers.ts';

/** Keys of annotations: a prefix and a name, as Kubernetes wants them; their values may be any text. */
export const WORKFLOW_ANNOTATION = 'fdl/workflow';
export const STEP_ANNOTATION = 'fdl/step';
/** As whom it was taken over, where that is not its owner. */
export const OWNER_ANNOTATION = 'fdl/owner';
/** Buckets that came with a service: ours until they say so themselves, with commas between them. */
export const BUCKETS_ANNOTATION = 'fdl/buckets';
/** The volume that came with a service. */
export const VOLUME_ANNOTATION = 'fdl/volume';
/** Owner of what the administrator of a cluster makes. Rule: OSCAR, `DefaultOwner`. */
export const ADMINISTRATOR = 'cluster_admin';
/** A hash of what was sent, for what a cluster does not show again. */
export const SPEC_ANNOTATION = 'fdl/spec';

/** Whose service it is. */
interface ServiceOwner {
  readonly workflow: string;
  /** Id of the step. */
  readonly step: string;
}

/** Which step made a service; nothing where that was not one of ours. */
export function ownerOf(service: ServiceAnswer): ServiceOwner | undefined {
  const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
  const { [WORKFLOW_ANNOTATION]: workflow, [STEP_ANNOTATION]: step = service.name } = annotations;
  return workflow && !isCopy(service) ? { workflow, step } : undefined;
}

/** Whether a cluster made it of another one's service, for a federation: with all that is written on that one. */
export function isCopy(service: ServiceAnswer): boolean {
  const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
  return annotations['oscar.grycap/origin-service'] !== undefined;
}

/**
 * What a cluster takes for a member of a mesh, as which it writes over no other service. Without it, each update of a service
 * with members is an update of these, too: of whatever has that name there, with inputs and buckets of the first one.
 * Rule: OSCAR since 4.1.0, `MakeUpdateHandler`, which leaves `ExpandFederation` out.
 */
export const ALONE = { annotation: 'oscar.grycap/federation-worker', topology: 'mesh' } as const;

/** Characters of the hash that are kept. */
const HASH_LENGTH = 16;

/** A hash of a service, for which every secret counts by its place alone. */
export function specHash(service: Props): string {
  return createHash('sha256').update(canonical(service)).digest('hex').slice(0, HASH_LENGTH);
}

/** JSON with sorted keys. */
function canonical(value: Value): string {
  if (value instanceof Secret) return '"secret"';
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isBranch(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}
