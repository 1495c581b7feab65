/** Learns the tags of everything from the calls that set them. */
import { type ApiRequest, afterwards, type Params, type Rule, type Rules } from '../core/api.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import { findAll, parseXml, textAt } from '../core/xml.ts';
import type { TagBook, Tags } from './tag-book.ts';

type Learn = (book: TagBook, request: ApiRequest, body: Buffer) => unknown;

/** Rules that pass everything on and remember the tags of what succeeded. */
export function tagRules({ tags }: World): Rules {
  const rules = { ...LAMBDA, ...S3, ...LOGS, ...ECR, ...SSM, ...HTTP_API, ...EC2 };
  const rule = (learn: Learn): Rule => {
    const learning = afterwards((request, { body }) => learn(tags, request, body));
    return async (request, next) => {
      // Bodies that are not asked for before the call is passed on are lost.
      if (request.operation.includes('Bucket')) await request.body();
      return learning(request, next);
    };
  };
  return Object.fromEntries(Object.entries(rules).map(([name, learn]) => [name, rule(learn)]));
}

const LAMBDA: Readonly<Record<string, Learn>> = {
  'lambda:CreateFunction': (book, { params }, body) =>
    book.set(JSON.parse(body.toString()).FunctionArn, params['Tags'] ?? {}),
  'lambda:TagResource': (book, { params }) => book.add(params['Resource'], params['Tags']),
  'lambda:UntagResource': (book, { params, query }) =>
    book.remove(params['Resource'], query.getAll('tagKeys')),
  'lambda:DeleteFunction': (book, { params, region }) =>
    book.forget(functionArn(region, params['FunctionName'])),
};

function functionArn(region: string, name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
}

const S3: Readonly<Record<string, Learn>> = {
  's3:PutBucketTagging': async (book, request) =>
    book.set(bucketArn(request.params), xmlTags(await request.body()), request.region),
  's3:CreateBucket': async (book, request) => {
    const body = await request.body();
    const region = body.length > 0 ? textAt(parseXml(body.toString()), 'LocationConstraint') : undefined;
    book.set(bucketArn(request.params), body.length > 0 ? xmlTags(body) : {}, region ?? request.region);
  },
  's3:DeleteBucketTagging': (book, { params, region }) => book.set(bucketArn(params), {}, region),
  's3:DeleteBucket': (book, { params }) => book.forget(bucketArn(params)),
};

function bucketArn(params: Params): string {
  return `arn:aws:s3:::${params['Bucket']}`;
}

function xmlTags(body: Buffer): Tags {
  const tags = findAll(parseXml(body.toString()), 'Tag');
  return Object.fromEntries(tags.map((tag) => [textAt(tag, 'Key') ?? '', textAt(tag, 'Value') ?? '']));
}

const LOGS: Readonly<Record<string, Learn>> = {
  'logs:CreateLogGroup': (book, { params, region }) =>
    book.set(groupArn(region, params['logGroupName']), params['tags'] ?? {}),
  'logs:TagResource': (book, { params }) => book.add(withoutStar(params['resourceArn']), params['tags']),
  'logs:UntagResource': (book, { params }) =>
    book.remove(withoutStar(params['resourceArn']), params['tagKeys']),
  'logs:DeleteLogGroup': (book, { params, region }) => book.forget(groupArn(region, params['logGroupName'])),
};

function groupArn(region: string, name: string): string {
  return `arn:aws:logs:${region}:${ACCOUNT}:log-group:${name}`;
}

function withoutStar(arn: string): string {
  return arn.replace(/:\*$/, '');
}

const ECR: Readonly<Record<string, Learn>> = {
  'ecr:CreateRepository': (book, { params, region }) =>
    book.set(repositoryArn(region, params), listed(params['tags'])),
  'ecr:TagResource': (book, { params }) => book.add(params['resourceArn'], listed(params['tags'])),
  'ecr:UntagResource': (book, { params }) => book.remove(params['resourceArn'], params['tagKeys']),
  'ecr:DeleteRepository': (book, { params, region }) => book.forget(repositoryArn(region, params)),
};

function repositoryArn(region: string, params: Params): string {
  return `arn:aws:ecr:${region}:${ACCOUNT}:repository/${params['repositoryName']}`;
}

function listed(tags: readonly { readonly Key: string; readonly Value: string }[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

const SSM: Readonly<Record<string, Learn>> = {
  'ssm:PutParameter': (book, { params, region }) => {
    if (params['Tags']) book.set(parameterArn(region, params['Name']), listed(params['Tags']));
  },
  'ssm:AddTagsToResource': (book, { params, region }) =>
    book.add(parameterArn(region, params['ResourceId']), listed(params['Tags'])),
  'ssm:RemoveTagsFromResource': (book, { params, region }) =>
    book.remove(parameterArn(region, params['ResourceId']), params['TagKeys']),
  'ssm:DeleteParameter': (book, { params, region }) => book.forget(parameterArn(region, params['Name'])),
  'ssm:DeleteParameters': (book, { params, region }) => {
    for (const name of params['Names']) book.forget(parameterArn(region, name));
  },
};

function parameterArn(region: string, name: string): string {
  return `arn:aws:ssm:${region}:${ACCOUNT}:parameter/${name.replace(/^\//, '')}`;
}

const HTTP_API: Readonly<Record<string, Learn>> = {
  'apigateway:CreateApi': (book, { params, region }, body) =>
    book.set(apiArn(region, JSON.parse(body.toString()).apiId), params['tags'] ?? {}),
  'apigateway:CreateStage': (book, { params, region }) =>
    book.set(`${apiArn(region, params['ApiId'])}/stages/${params['stageName']}`, params['tags'] ?? {}),
  'apigateway:DeleteStage': (book, { params, region }) =>
    book.forget(`${apiArn(region, params['ApiId'])}/stages/${params['StageName']}`),
  'apigateway:TagResource': (book, { params }) => book.add(params['ResourceArn'], params['tags']),
  'apigateway:UntagResource': (book, { params, query }) =>
    book.remove(params['ResourceArn'], query.getAll('tagKeys')),
  'apigateway:DeleteApi': (book, { params, region }) => book.forget(apiArn(region, params['ApiId'])),
};

function apiArn(region: string, id: string): string {
  return `arn:aws:apigateway:${region}::/apis/${id}`;
}

const EC2: Readonly<Record<string, Learn>> = {
  'ec2:CreateLaunchTemplate': (book, { region }, body) => {
    const made = parseXml(body.toString());
    const tags = findAll(findAll(made, 'tagSet')[0], 'item');
    const values = tags.map((tag) => [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? '']);
    book.set(
      templateArn(region, textAt(made, 'launchTemplate', 'launchTemplateId')),
      Object.fromEntries(values),
    );
  },
  'ec2:CreateTags': (book, { params, region }) => {
    for (const id of numbered(params, 'ResourceId')) book.add(ec2Arn(region, id), formTags(params));
  },
  'ec2:DeleteTags': (book, { params, region }) => {
    for (const id of numbered(params, 'ResourceId')) {
      book.remove(ec2Arn(region, id), Object.keys(formTags(params)));
    }
  },
  'ec2:DeleteLaunchTemplate': (book, { region }, body) => {
    const id = textAt(parseXml(body.toString()), 'launchTemplate', 'launchTemplateId');
    book.forget(templateArn(region, id));
  },
};

function templateArn(region: string, id: string | undefined): string {
  return `arn:aws:ec2:${region}:${ACCOUNT}:launch-template/${id}`;
}

function ec2Arn(region: string, id: string): string {
  return id.startsWith('lt-') ? templateArn(region, id) : `arn:aws:ec2:${region}:${ACCOUNT}:resource/${id}`;
}

function formTags(params: Params): Tags {
  const keys = Object.entries(params).filter(([name]) => /^Tag\.\d+\.Key$/.test(name));
  return Object.fromEntries(keys.map(([name, key]) => [key, params[name.replace('.Key', '.Value')] ?? '']));
}

/** `Name.1`, `Name.2`, … of a form. */
export function numbered(params: Params, name: string): readonly string[] {
  const pattern = new RegExp(`^${name}\\.\\d+$`);
  return Object.entries(params).flatMap(([key, value]) => (pattern.test(key) ? [value] : []));
}
