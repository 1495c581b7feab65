/** `api_gateway` of an AWS function: an HTTP address in front of it. */

import { anything, record, section, text } from '../../../../fdl/schema/field.ts';
import { AWS_DEFAULTS } from '../defaults.ts';
import { ONLY_LAMBDA_PROFILE, ONLY_LAMBDA_REGION, WITHOUT_EFFECT } from './without-effect.ts';

const since = 'SCAR';

const parameters = record(
  anything({ title: 'Parameter', description: 'Mapping or requirement of one parameter.' }),
  {
    title: 'Request parameters',
    description: 'Parameters of a request that SCAR maps to the integration.',
    since,
    deprecated: WITHOUT_EFFECT,
  },
);

/** Parts of SCAR's REST API that an HTTP API does not have. */
const restApi = {
  request_parameters: parameters,
  method: section(
    {
      authorizationType: text({
        title: 'Authorization',
        description: 'Who may call the API in SCAR: `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`.',
        since,
        deprecated: 'it has no effect; write `api_gateway.auth`.',
        public: true,
      }),
      requestParameters: parameters,
    },
    { title: 'Method', description: "The method of SCAR's REST API.", since, deprecated: WITHOUT_EFFECT },
  ),
  integration: section(
    {
      type: text({
        title: 'Type',
        description: 'Kind of the integration.',
        since,
        deprecated: WITHOUT_EFFECT,
        public: true,
      }),
      integrationHttpMethod: text({
        title: 'Method',
        description: 'Method of the call to the function.',
        since,
        deprecated: WITHOUT_EFFECT,
        public: true,
      }),
      uri: text({
        title: 'URI',
        description: 'Template of the address of the function.',
        since,
        deprecated: WITHOUT_EFFECT,
        public: true,
      }),
      requestParameters: parameters,
    },
    {
      title: 'Integration',
      description: "How SCAR's REST API calls the function.",
      since,
      deprecated: WITHOUT_EFFECT,
    },
  ),
  service_id: text({
    title: 'Service',
    description: 'Principal that SCAR lets call the function.',
    since,
    deprecated: WITHOUT_EFFECT,
    public: true,
  }),
  source_arn_testing: text({
    title: 'Source for tests',
    description: 'Template of the ARN that SCAR lets call the function in tests.',
    since,
    deprecated: WITHOUT_EFFECT,
    public: true,
  }),
  source_arn_invocation: text({
    title: 'Source of calls',
    description: 'Template of the ARN that SCAR lets call the function.',
    since,
    deprecated: WITHOUT_EFFECT,
    public: true,
  }),
  endpoint: text({
    title: 'Endpoint',
    description: 'Template of the address that SCAR prints and calls.',
    since,
    deprecated: 'it has no effect; `fdl ls` prints the address.',
    public: true,
  }),
};

/** `api_gateway` of an entry of `functions.aws`. */
export const apiGateway = section(
  {
    name: text({
      title: 'Name',
      description: 'Name of the HTTP API. With a name, the function gets an address; without, it gets none.',
      examples: ['image-api'],
      since,
      public: true,
    }),
    auth: text({
      title: 'Authentication',
      description:
        'Who may call the address: `iam` asks for signed requests, `none` lets everybody in, as SCAR does.',
      default: 'iam',
      values: ['iam', 'none'],
      since: 'fdl 0.1.0',
    }),
    http_method: text({
      title: 'Method',
      description: 'HTTP method that the address answers to; `ANY` for all.',
      default: AWS_DEFAULTS.httpMethod,
      values: ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
      since,
    }),
    path_part: text({
      title: 'Path',
      description: 'Path below the stage that the address answers to; `{proxy+}` for all.',
      default: AWS_DEFAULTS.httpPath,
      since,
      public: true,
    }),
    stage_name: text({
      title: 'Stage',
      description: 'First part of the path of the address.',
      default: AWS_DEFAULTS.httpStage,
      since,
      public: true,
    }),
    data_binary: text({
      title: 'File of a call',
      description: 'Path of a file, from the working directory, that a call over HTTP sends.',
      since,
      public: true,
      file: true,
    }),
    json_data: anything({
      title: 'JSON of a call',
      description: 'Map, or JSON text, that a call over HTTP sends.',
      since,
    }),
    parameters: anything({
      title: 'Query of a call',
      description: 'Map, or JSON text, of the query parameters that a call over HTTP sends.',
      since,
    }),
    boto_profile: text({
      title: 'Profile',
      description: 'AWS profile for the calls to API Gateway.',
      since,
      deprecated: ONLY_LAMBDA_PROFILE,
      public: true,
    }),
    region: text({
      title: 'Region',
      description: 'AWS region of the API.',
      since,
      deprecated: ONLY_LAMBDA_REGION,
      public: true,
    }),
    ...restApi,
  },
  { title: 'API Gateway', description: 'An HTTP address through which the function is called.', since },
);
