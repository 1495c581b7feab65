/**
 * Holds calls that make something against the CloudFormation schema of what they make, as cfn-lint ships them. They know
 * limits that the models of the services leave out, and how properties depend on each other.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { sitePackages } from '../../need.ts';
import type { Breach } from './constraints.ts';
import { type Model, shapeOf } from './model.ts';
import { upperFirst } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

interface Made {
  readonly type: string;
  /** Properties that are named or formed otherwise than the members of the call. */
  readonly change?: (properties: Json) => Json;
}

/** What calls make. Left out is what CloudFormation cannot make, such as encrypted parameters. */
const MADE: Readonly<Record<string, Made>> = {
  'lambda:CreateFunction': {
    type: 'AWS::Lambda::Function',
    // CloudFormation takes code of a zip archive as its text, and publishes versions as resources of their own.
    change: ({ Publish: _, Code, ...rest }) => ({
      ...withTags(rest),
      Code:
        (Code as Json | undefined)?.['ZipFile'] === undefined ? Code : { S3Bucket: 'code', S3Key: 'code' },
    }),
  },
  'lambda:AddPermission': {
    type: 'AWS::Lambda::Permission',
    change: ({ StatementId: _, Qualifier: __, RevisionId: ___, ...rest }) => rest,
  },
  'lambda:CreateFunctionUrlConfig': {
    type: 'AWS::Lambda::Url',
    change: ({ FunctionName, ...rest }) => ({ ...rest, TargetFunctionArn: FunctionName }),
  },
  'lambda:PutFunctionEventInvokeConfig': {
    type: 'AWS::Lambda::EventInvokeConfig',
    change: (all) => ({ Qualifier: '$LATEST', ...all }),
  },
  'batch:CreateComputeEnvironment': {
    type: 'AWS::Batch::ComputeEnvironment',
    change: ({ Type, ...rest }) => ({ ...rest, Type }),
  },
  'batch:CreateJobQueue': { type: 'AWS::Batch::JobQueue' },
  'batch:RegisterJobDefinition': { type: 'AWS::Batch::JobDefinition' },
  'iam:CreateRole': { type: 'AWS::IAM::Role', change: withDocuments },
  'iam:PutRolePolicy': { type: 'AWS::IAM::RolePolicy', change: withDocuments },
  'iam:CreateInstanceProfile': {
    type: 'AWS::IAM::InstanceProfile',
    // Its role is another call, and its tags are no property.
    change: ({ Tags: _, ...rest }) => ({ ...rest, Roles: ['role'] }),
  },
  'ecr:CreateRepository': { type: 'AWS::ECR::Repository' },
  'logs:CreateLogGroup': { type: 'AWS::Logs::LogGroup', change: withTags },
  'logs:PutRetentionPolicy': { type: 'AWS::Logs::LogGroup' },
  'ec2:CreateLaunchTemplate': {
    type: 'AWS::EC2::LaunchTemplate',
    change: ({ ClientToken: _, DryRun: __, ...rest }) => rest,
  },
  'ec2:CreateLaunchTemplateVersion': {
    type: 'AWS::EC2::LaunchTemplate',
    change: ({ LaunchTemplateData }) => ({ LaunchTemplateData }),
  },
  's3:CreateBucket': { type: 'AWS::S3::Bucket', change: ({ Bucket }) => ({ BucketName: Bucket }) },
  'apigateway:CreateApi': { type: 'AWS::ApiGatewayV2::Api' },
  'apigateway:CreateIntegration': { type: 'AWS::ApiGatewayV2::Integration' },
  'apigateway:CreateRoute': { type: 'AWS::ApiGatewayV2::Route' },
  'apigateway:CreateStage': { type: 'AWS::ApiGatewayV2::Stage' },
};

function withTags({ Tags, ...rest }: Json): Json {
  if (Tags === undefined) return rest;
  return { ...rest, Tags: Object.entries(Tags as Json).map(([Key, Value]) => ({ Key, Value })) };
}

function withDocuments(properties: Json): Json {
  const documents = Object.entries(properties).filter(([name]) => name.endsWith('PolicyDocument'));
  const parsed = documents.map(([name, text]) => [name, JSON.parse(String(text))]);
  return { ...properties, ...Object.fromEntries(parsed) };
}

/** What of a call's input breaks the schema of what it makes. */
export function resourceBreaches(model: Model, name: string, shape: string, input: Json): readonly Breach[] {
  const made = MADE[name];
  if (!made) return [];
  const { type, change = (all) => all } = made;
  const properties = change(capitalised(model, shape, input) as Json);
  const valid = validator(type);
  if (valid(properties)) return [];
  const errors = (valid.errors ?? []).filter(({ keyword }) => !COMBINING.has(keyword));
  return errors.map((error) => breach(type, properties, error));
}

/** These only say that something within is wrong. */
const COMBINING = new Set(['if', 'allOf']);

function breach(
  type: string,
  properties: Json,
  { instancePath, keyword, params, message }: ErrorObject,
): Breach {
  const steps = instancePath.split('/').slice(1);
  const value = steps.reduce<unknown>((here, step) => (here as Json | undefined)?.[step], properties);
  const says = `${message} ${JSON.stringify(params)}; CloudFormation's ${type}`;
  return { member: steps.join('.') || type, value, rule: `cfn-${keyword}`, says };
}

/** CloudFormation begins the names of all properties with a capital letter; keys of maps stay. */
function capitalised(model: Model, shapeName: string, value: unknown): unknown {
  const { type, members = {}, member, value: inMap } = shapeOf(model, shapeName);
  if (type === 'list' && member && Array.isArray(value)) {
    return value.map((each) => capitalised(model, member.shape, each));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (type === 'map' && inMap) {
    return Object.fromEntries(entries.map(([key, each]) => [key, capitalised(model, inMap.shape, each)]));
  }
  return Object.fromEntries(
    entries.map(([key, each]) => {
      const inner = members[key];
      return [upperFirst(key), inner ? capitalised(model, inner.shape, each) : each];
    }),
  );
}

/** Where cfn-lint's rules say that its additions to the schemas are to be used: on all properties of a type, or on one. */
const ADDITIONS: Readonly<Record<string, readonly (readonly [file: string, ...property: string[]])[]>> = {
  'AWS::Lambda::Function': [
    ['aws_lambda_function/packagetype_image_exclusions.json'],
    ['aws_lambda_function/loglevel_logformat.json'],
    ['aws_lambda_function/environment_variable_keys.json', 'Environment', 'Variables'],
  ],
  'AWS::Lambda::Permission': [['aws_lambda_permission/permission_source_account.json']],
  'AWS::EC2::LaunchTemplate': [['aws_ec2_launchtemplate/launch_template_sg_subnet_vpc.json']],
};

const compiled = new Map<string, ValidateFunction>();

/** The schema of a type with cfn-lint's additions to it. */
function validator(type: string): ValidateFunction {
  const known = compiled.get(type);
  if (known) return known;
  // Its own `$schema` is no document that is here.
  const { $schema: _, allOf = [], ...schema } = schemaIn(`resources/${typeNames()[type]}.json`);
  const additions = (ADDITIONS[type] ?? []).map(([file, ...property]) =>
    property.reduceRight<Json>(
      (inner, name) => ({ properties: { [name]: inner } }),
      schemaIn(`extensions/${file}`),
    ),
  );
  const all = [...(allOf as readonly Json[]), ...additions];
  const made = newAjv().compile({ ...schema, ...(all.length > 0 && { allOf: all }) });
  compiled.set(type, made);
  return made;
}

/** Files of resource types in the region of the stand-in. */
function typeNames(): Readonly<Record<string, string>> {
  return schemaIn('providers/us-east-1.json') as Readonly<Record<string, string>>;
}

/** A document of cfn-lint, whose patterns are for Python: there the end of the text is `\\Z`. */
function schemaIn(file: string): Json {
  const text = readFileSync(path.join(sitePackages(), 'cfnlint/data/schemas', file), 'utf8');
  return JSON.parse(text.replaceAll('\\\\Z"', '$"'));
}

/** Some patterns have escapes that are allowed without `u` alone. */
function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}

/** With the words that cfn-lint adds to those of JSON Schema. */
function newAjv(): Ajv {
  const options = { strict: false, allErrors: true, validateFormats: false, logger: false } as const;
  // Whether the schemas are schemas, nobody has asked, and few things are held against what is compiled.
  const quick = { meta: false, validateSchema: false } as const;
  const code = { regExp: Object.assign(expression, { code: 'new RegExp' }), optimize: false };
  const ajv = new Ajv({ ...options, ...quick, code });
  const has = (value: Json) => (name: string) => value[name] !== undefined;
  return ajv
    .addKeyword({
      keyword: 'dependentExcluded',
      validate: (rule: Readonly<Record<string, readonly string[]>>, value: Json) =>
        Object.entries(rule).every(([name, others]) => !has(value)(name) || !others.some(has(value))),
    })
    .addKeyword({
      keyword: 'requiredXor',
      validate: (names: readonly string[], value: Json) => names.filter(has(value)).length === 1,
    })
    .addKeyword({
      keyword: 'requiredOr',
      validate: (names: readonly string[], value: Json) => names.some(has(value)),
    });
}
