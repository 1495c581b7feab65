/** Objects of every kind on clusters, and other values of each of their properties. */
import type { Props, Value } from '../../../src/deploy/resource.ts';
import { isBranch, isList } from '../../../src/deploy/value.ts';
import { SPEC_ANNOTATION } from '../../../src/providers/oscar/annotations.ts';
import type { BucketAttrs, BucketProps } from '../../../src/providers/oscar/kinds/bucket/index.ts';
import { specOf } from '../../../src/providers/oscar/kinds/service/changes.ts';
import type { ServiceAttrs, ServiceProps } from '../../../src/providers/oscar/kinds/service/index.ts';
import type { TriggerProps } from '../../../src/providers/oscar/kinds/trigger/index.ts';
import type { VolumeAttrs, VolumeProps } from '../../../src/providers/oscar/kinds/volume/index.ts';
import { type FieldSpec, fieldsOf } from '../../standins/oscar/fields.ts';
import { release } from '../../standins/oscar/release.ts';
import { type AnySample, sample } from '../sample.ts';

/** What the cluster itself says of a service. */
const NOT_SENT = ['token', 'owner', 'bucket_list'];

/** Where not every text has a meaning. */
const STRINGS: Readonly<Record<string, string>> = { log_level: 'DEBUG', visibility: 'public' };

/** A service with a value in every field that the newest release knows. */
export const SERVICE = whole(fieldsOf(release('4.1.2')).filter(({ name }) => !NOT_SENT.includes(name)));

function whole(fields: readonly FieldSpec[]): Props {
  return Object.fromEntries(fields.map((field) => [field.name, sampleOf(field)]));
}

function sampleOf({ name, type, fields }: FieldSpec): Value {
  if (type === 'string') return STRINGS[name] ?? 'one';
  if (type === 'bool') return true;
  if (type === '[]string') return ['one'];
  if (type.startsWith('[]int')) return [1];
  if (type.endsWith('int') || type.endsWith('int32')) return 3;
  if (type === 'map') return { one: 'one' };
  if (type === '{}struct') return { one: whole(fields) };
  return type === '[]struct' ? [whole(fields)] : whole(fields);
}

/** The value with one leaf of it changed, for each leaf; and with each list empty. */
export function variants(value: Value): readonly Value[] {
  if (isList(value)) {
    const changed = value.flatMap((item, index) => variants(item).map((other) => value.with(index, other)));
    return [[], ...changed];
  }
  if (isBranch(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      variants(item).map((other) => ({ ...value, [key]: other })),
    );
  }
  if (typeof value === 'number') return [value + 1];
  return typeof value === 'boolean' ? [!value] : [value === 'DEBUG' ? 'ERROR' : `${value}-other`];
}

/** What a cluster shows of a service. */
function shown(service: Props): Props {
  const annotations = { ...(service['annotations'] as Props), [SPEC_ANNOTATION]: specOf(service) };
  return { ...service, annotations };
}

/** Samples by the kinds' names. */
export const OSCAR_SAMPLES: Readonly<Record<string, readonly AnySample[]>> = {
  'oscar/bucket': [
    sample<BucketProps, BucketAttrs>({
      props: { cluster: 'lab', bucket: 'photos', madeWith: ['resize'] },
      attrs: { cluster: 'lab', bucket: 'photos' },
      others: { cluster: ['other'], bucket: ['other'], madeWith: [undefined, ['other']] },
    }),
  ],
  'oscar/trigger': [
    sample<TriggerProps, TriggerProps>({
      props: { cluster: 'lab', bucket: 'photos', entries: [{ service: 'resize', prefix: 'in/' }] },
      attrs: { cluster: 'lab', bucket: 'photos', entries: [{ service: 'resize', prefix: 'in/' }] },
      others: {
        cluster: ['other'],
        bucket: ['other'],
        entries: [[], [{ service: 'other', prefix: 'in/' }], [{ service: 'resize', prefix: '' }]],
      },
    }),
  ],
  'oscar/volume': [
    sample<VolumeProps, VolumeAttrs>({
      props: { cluster: 'lab', name: 'data', size: '1Gi', stays: true },
      attrs: { cluster: 'lab', name: 'data', size: '1Gi' },
      others: { cluster: ['other'], name: ['other'], size: ['2Gi', '1G'], stays: [undefined] },
    }),
  ],
  'oscar/service': [
    sample<ServiceProps, ServiceAttrs>({
      props: { cluster: 'lab', name: 'resize', step: 'resize', service: SERVICE },
      attrs: { cluster: 'lab', name: 'resize', service: shown(SERVICE) },
      others: {
        cluster: ['other'],
        name: ['other'],
        step: ['other'],
        service: variants(SERVICE) as readonly Props[],
      },
    }),
  ],
};
