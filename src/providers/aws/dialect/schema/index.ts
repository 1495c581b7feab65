/** `functions.aws`: steps on AWS and the services around them. */
import { anything, flag, integer, list, section, text, type Value } from '../../../../fdl/schema/field.ts';
import type { Fragment } from '../../../../fdl/schema/index.ts';
import { AWS_DEFAULTS } from '../defaults.ts';
import { batch } from './batch.ts';
import { apiGateway } from './gateway.ts';
import { lambda } from './lambda.ts';
import { ONLY_LAMBDA_PROFILE, ONLY_LAMBDA_REGION, WITHOUT_EFFECT } from './without-effect.ts';

const since = 'SCAR';

const profile = text({
  title: 'Profile',
  description: 'AWS profile for the calls to this service.',
  since,
  deprecated: ONLY_LAMBDA_PROFILE,
  public: true,
});

const region = text({
  title: 'Region',
  description: 'AWS region of this service.',
  since,
  deprecated: ONLY_LAMBDA_REGION,
  public: true,
});

const iam = section(
  {
    boto_profile: profile,
    role: text({
      title: 'Role',
      description:
        'ARN of the role that the function runs with. Without it, the step gets a role of its own with the least rights.',
      examples: ['arn:aws:iam::123456789012:role/my-role'],
      since,
      public: true,
    }),
    permissions_boundary: text({
      title: 'Permissions boundary',
      description: 'ARN of the policy that limits every role that is made for this step.',
      examples: ['arn:aws:iam::123456789012:policy/my-boundary'],
      since: 'fdl 0.1.0',
      public: true,
    }),
  },
  { title: 'IAM', description: 'The rights that the step runs with.', since },
);

const cloudwatch = section(
  {
    boto_profile: profile,
    region,
    log_retention_policy_in_days: integer({
      title: 'Log retention',
      description:
        'Days that logs are kept. CloudWatch allows certain numbers only, such as 1, 7, 30, 90 or 365.',
      default: AWS_DEFAULTS.logRetention,
      since,
    }),
    log_stream_name: text({
      title: 'Log stream',
      description: 'Log stream that the log command of SCAR shows.',
      since,
      deprecated: 'it has no effect; use the flags of `fdl logs`.',
      public: true,
    }),
    request_id: text({
      title: 'Request',
      description: 'Request whose lines the log command of SCAR shows.',
      since,
      deprecated: 'it has no effect; use `fdl logs --invocation`.',
      public: true,
    }),
  },
  { title: 'CloudWatch', description: 'How the logs of the step are kept.', since },
);

const ecr = section(
  {
    delete_image: flag({
      title: 'Delete image',
      description: "Whether removing the function removes its image from the account's registry too.",
      default: true,
      since,
    }),
  },
  {
    title: 'ECR',
    description: 'What happens to the image of the function in the registry of the account.',
    since,
  },
);

const s3 = section(
  {
    boto_profile: profile,
    region,
    event: anything({
      title: 'Event',
      description: 'Template of the event that SCAR builds for each file.',
      since,
      deprecated: WITHOUT_EFFECT,
    }),
  },
  { title: 'S3', description: 'How SCAR reaches the buckets of the function.', since },
);

/** One entry of `functions.aws`. */
const awsFunction = section(
  {
    lambda,
    batch,
    iam,
    api_gateway: apiGateway,
    cloudwatch,
    ecr,
    s3,
    boto_profile: text({
      title: 'Profile',
      description: 'Where the command line of SCAR puts its profile.',
      since,
      deprecated: 'it has no effect; write `lambda.boto_profile`.',
      public: true,
    }),
    region: text({
      title: 'Region',
      description: 'Where the command line of SCAR puts its region.',
      since,
      deprecated: 'it has no effect; write `lambda.region`.',
      public: true,
    }),
    execution_mode: text({
      title: 'Execution mode',
      description: 'Where the command line of SCAR puts its execution mode.',
      since,
      deprecated: 'it has no effect; write `lambda.execution_mode`.',
      public: true,
    }),
  },
  {
    title: 'Function on AWS',
    description: 'A step that runs on AWS Lambda or AWS Batch, with the services that belong to it.',
    required: ['lambda'],
    since,
  },
);

function note(title: string, description: string) {
  return anything({ title, description, since: 'SCAR', deprecated: WITHOUT_EFFECT });
}

/** `scar` of the file: notes of SCAR's command line to itself. */
const scar = section(
  {
    all: note('All', 'Whether SCAR removes every function of the account.'),
    cli_output: note('Output', 'Form in which SCAR prints.'),
    conf_file: note('File', 'Path of the file that SCAR was started with.'),
    config_version: note('Configuration', 'Version of the configuration of SCAR.'),
    execution_mode: note('Execution mode', 'Execution mode from the command line of SCAR.'),
    json: note('JSON', 'Whether SCAR prints JSON.'),
    output_file: note('Output file', 'Where SCAR writes the answer of a call.'),
    path: note('Path', 'File or folder that SCAR uploads or downloads.'),
    supervisor_version: note('Supervisor', 'Release of the faas-supervisor from the command line of SCAR.'),
    verbose: note('Verbose', 'Whether SCAR prints whole answers of AWS.'),
  },
  {
    title: 'SCAR',
    description: "Notes of SCAR's command line to itself.",
    since: 'SCAR',
    deprecated: WITHOUT_EFFECT,
  },
);

/** What AWS adds to the language. */
export const awsSchema: Fragment = {
  functions: list(awsFunction, {
    title: 'Functions on AWS',
    description: 'Steps that run on AWS Lambda or AWS Batch, one entry for each.',
    since,
  }),
  top: { scar },
};

/** One entry of `functions.aws`, in its normalised form. */
export type AwsFunction = Value<typeof awsFunction>;
