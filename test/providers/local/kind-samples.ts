/** Objects of every kind on this machine, and other values of each of their properties. */
import type { BucketProps } from '../../../src/providers/local/kinds/bucket.ts';
import type { FileSystemProps } from '../../../src/providers/local/kinds/file-system.ts';
import type { HistoryProps } from '../../../src/providers/local/kinds/history.ts';
import type { StepProps } from '../../../src/providers/local/kinds/step.ts';
import { type AnySample, sample } from '../sample.ts';

const step: StepProps = {
  step: 'resize',
  provider: 'aws',
  mode: 'lambda',
  image: 'busybox',
  script: 'aa',
  payload: 'aa',
  mounts: ['fsap-1 at /mnt/files'],
  inputs: ['s3.default://photos/in'],
  outputs: [{ folder: 's3.default://photos/out', prefixes: ['a'], suffixes: ['.txt'] }],
  environment: { LEVEL: 'high' },
  secrets: ['TOKEN'],
  limits: { gpus: 0, memoryMib: 512 },
};

/** Samples by the kinds' names. */
export const LOCAL_SAMPLES: Readonly<Record<string, readonly AnySample[]>> = {
  'local/history': [
    sample<HistoryProps, HistoryProps>({
      props: { workflow: 'shop' },
      attrs: { workflow: 'shop' },
      others: { workflow: ['other'] },
    }),
  ],
  'local/bucket': [
    sample<BucketProps, BucketProps>({
      props: { namespace: 's3.default', bucket: 'photos' },
      attrs: { namespace: 's3.default', bucket: 'photos' },
      others: { namespace: ['minio.default'], bucket: ['other'] },
    }),
  ],
  'local/file-system': [
    sample<FileSystemProps, FileSystemProps>({
      props: { fileSystem: 'fsap-1' },
      attrs: { fileSystem: 'fsap-1' },
      others: { fileSystem: ['fsap-2'] },
    }),
  ],
  'local/step': [
    sample<StepProps, StepProps>({
      props: step,
      attrs: step,
      others: {
        step: [],
        provider: ['oscar'],
        mode: ['batch'],
        image: ['other', undefined],
        script: ['bb', undefined],
        payload: ['cc', undefined],
        mounts: [undefined, ['fsap-1 at /mnt/others']],
        inputs: [[], ['s3.default://photos/other']],
        outputs: [
          [],
          [{ folder: 's3.default://photos/other', prefixes: ['a'], suffixes: ['.txt'] }],
          [{ folder: 's3.default://photos/out', prefixes: [], suffixes: ['.txt'] }],
          [{ folder: 's3.default://photos/out', prefixes: ['a'], suffixes: ['.csv'] }],
        ],
        environment: [{}, { LEVEL: 'low' }],
        secrets: [[], ['OTHER']],
        limits: [{ gpus: 1, memoryMib: 512 }, { gpus: 0 }],
      },
    }),
  ],
};
