/** The container of an AWS function, and what of SCAR's packaging has gone with it. */

import {
  type About,
  flag,
  integer,
  secrets,
  section,
  text,
  variables,
} from '../../../../fdl/schema/field.ts';
import { WITHOUT_EFFECT } from './without-effect.ts';

const since = 'SCAR';

/** `lambda.container`. */
export const container = section(
  {
    image: text({
      title: 'Image',
      description: 'Container image that the script runs in.',
      examples: ['docker.io/library/busybox:1.37', 'ghcr.io/grycap/imagemagick'],
      since,
      public: true,
    }),
    image_file: text({
      title: 'Image file',
      description:
        'Path of an image in a file, from the folder of this file, as `docker save` or `podman save` write it, packed with gzip or not. It takes the place of `image`.',
      examples: ['minicow.tar.gz'],
      since,
      public: true,
      file: true,
    }),
    environment: containerEnvironment({
      title: 'Environment',
      description: 'Environment variables of the script.',
      since,
    }),
    timeout_threshold: integer({
      title: 'Timeout threshold',
      description:
        "Seconds at the end of the function's time that are kept for uploading results; the script gets the rest.",
      default: 10,
      since,
    }),
    alpine: flag({
      title: 'Alpine',
      description: 'Whether the image is based on Alpine Linux. Any image runs without saying so.',
      since,
      deprecated: WITHOUT_EFFECT,
    }),
    create_image: flag({
      title: 'Create image',
      description:
        "Whether the function gets an image of its own, with the script in it. With `false`, an image that is in the account's registry (ECR) is run as it is, with its own supervisor and script.",
      default: true,
      since,
    }),
    extra_payload: text({
      title: 'Extra payload',
      description: 'Where the command line of SCAR notes the folder of extra files inside the function.',
      since,
      deprecated: 'it has no effect; write `lambda.extra_payload`.',
      public: true,
    }),
    init_script: text({
      title: 'Script',
      description: 'Where the command line of SCAR notes the path of the script inside the function.',
      since,
      deprecated: 'it has no effect; write `lambda.init_script`.',
      public: true,
    }),
  },
  { title: 'Container', description: 'The container that the script runs in.', since },
);

/** `lambda.deployment`. */
export const deployment = section(
  {
    bucket: text({
      title: 'Bucket',
      description:
        'Bucket through which SCAR uploads large functions. Functions are images here and need none.',
      since,
      deprecated: WITHOUT_EFFECT,
      public: true,
    }),
    max_payload_size: integer({
      title: 'Largest package',
      description: 'Bytes that a function without a bucket may have in SCAR.',
      since,
      deprecated: WITHOUT_EFFECT,
    }),
    max_s3_payload_size: integer({
      title: 'Largest package on S3',
      description: 'Bytes that a function with a bucket may have in SCAR.',
      since,
      deprecated: WITHOUT_EFFECT,
    }),
  },
  { title: 'Deployment', description: 'How SCAR uploads the package of a function.', since },
);

/** `lambda.supervisor`. */
export const supervisor = section(
  {
    version: text({
      title: 'Version',
      description: 'Release of the faas-supervisor that SCAR installs. `fdl` brings a supervisor of its own.',
      since,
      deprecated: WITHOUT_EFFECT,
      public: true,
    }),
    layer_name: text({
      title: 'Layer',
      description: 'Name of the Lambda layer that SCAR puts the faas-supervisor into.',
      since,
      deprecated: WITHOUT_EFFECT,
      public: true,
    }),
    license_info: text({
      title: 'License',
      description: 'License that SCAR notes at that layer.',
      since,
      deprecated: WITHOUT_EFFECT,
      public: true,
    }),
  },
  { title: 'Supervisor', description: 'The faas-supervisor that SCAR installs beside the script.', since },
);

/** `environment` of a part of an AWS function. */
export function awsEnvironment(texts: About) {
  return section({ Variables: variables('SCAR'), variables: variables('fdl 0.1.0') }, texts);
}

/** `environment` of the container of an AWS function, which may hold secrets too. */
function containerEnvironment(texts: About) {
  const ours = secrets('fdl 0.1.0');
  return section(
    { Variables: variables('SCAR'), variables: variables('fdl 0.1.0'), Secrets: ours, secrets: ours },
    texts,
  );
}
