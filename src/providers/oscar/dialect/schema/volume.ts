/** `volume` of an OSCAR service: a disk that outlives its runs. */
import { section, text } from '../../../../fdl/schema/field.ts';

const since = 'OSCAR 4.0.0';

/** `volume` of a service. */
export const volume = section(
  {
    mount_path: text({
      title: 'Mount path',
      description: 'Absolute path in the container, outside `/oscar/config` and `/oscar/bin`. Required.',
      examples: ['/data'],
      since,
      public: true,
    }),
    name: text({
      title: 'Name',
      description:
        'Name of the volume: lower case, digits and `-`. A new volume is called like the service unless it is given.',
      since,
      public: true,
    }),
    size: text({
      title: 'Size',
      description:
        'Size of a new volume, as a Kubernetes quantity. Without it, the volume of that name is attached.',
      examples: ['1Gi'],
      since,
      public: true,
    }),
    lifecycle_policy: text({
      title: 'Lifecycle policy',
      description:
        'Whether `fdl rm --delete-data` deletes a volume that has a size (`delete`, the usual) or leaves it (`retain`). Not for attached volumes.',
      values: ['delete', 'retain'],
      since,
    }),
  },
  { title: 'Volume', description: 'A disk that outlives the runs of the service.', since },
);
