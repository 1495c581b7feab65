/** Which of a workflow's stores the bucket of a job's log is in. Pure. */
import type { Output } from '../../../workflow/model.ts';
import type { OscarStep } from '../dialect/step.ts';
import type { WrittenObject } from './job-story.ts';
import type { ToldObject } from './supervisor-line.ts';

/** The store that an input came from. Logs name only its bucket. */
export function inputStore({ inputs, cluster }: OscarStep, { bucket, key }: ToldObject): string {
  const own = inputs.find((folder) => folder.bucket === bucket && isBelow(folder.prefix, key));
  return own?.store ?? `minio.${cluster}`;
}

/** The store that an output went to: the log names it as the service does, whose own MinIO is `minio.default`. */
export function outputStore({ outputs, cluster }: OscarStep, { bucket, key, store }: WrittenObject): string {
  const meant = storeId(store, cluster);
  const fitting = outputs.filter((folder) => folder.bucket === bucket && isBelow(folder.prefix, key));
  const named = fitting.find((folder) => folder.store === meant);
  const alike = fitting.find((folder) => kindOf(folder.store) === kindOf(meant));
  return (named ?? alike ?? (store === undefined ? fitting[0] : undefined))?.store ?? meant;
}

function storeId(text: string | undefined, cluster: string): string {
  const [kind = '', ...rest] = (text ?? 'minio').trim().split('.');
  const name = rest.join('.') || 'default';
  if (kind.toLowerCase() === 'minio' && name.toLowerCase() === 'default') return `minio.${cluster}`;
  return `${kind.toLowerCase()}.${name}`;
}

function kindOf(store: string): string {
  return store.split('.')[0] ?? '';
}

function isBelow(prefix: string, key: string): boolean {
  return prefix === '' || key.startsWith(`${prefix}/`);
}

/** Whether the filters of an output let a key through. */
export function takes({ prefix, prefixes, suffixes }: Output, key: string): boolean {
  if (!isBelow(prefix, key)) return false;
  const name = prefix === '' ? key : key.slice(prefix.length + 1);
  const starts = prefixes.length === 0 || prefixes.some((start) => name.startsWith(start));
  return starts && (suffixes.length === 0 || suffixes.some((end) => name.endsWith(end)));
}
