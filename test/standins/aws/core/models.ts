/**
 * What AWS's own models of its services say of texts: their alphabet and their length. The models are those of botocore,
 * which is installed with moto; AWS checks the same before it looks at anything else.
 * Rule: `pattern`, `min` and `max` of the shapes in botocore/data/SERVICE/VERSION/service-2.json.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { programOf } from '../../need.ts';
import type { ApiRequest, Next, Params, Rules } from './api.ts';
import { AwsFault } from './fault.ts';

interface Member {
  readonly shape: string;
  readonly locationName?: string;
}

interface Shape {
  readonly type: string;
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: Member }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Folders of the models by the names that signatures have. The model of EC2 says nothing of texts. */
const FOLDERS: Readonly<Record<string, string>> = {
  apigateway: 'apigatewayv2',
  batch: 'batch',
  ecr: 'ecr',
  iam: 'iam',
  lambda: 'lambda',
  logs: 'logs',
  ssm: 'ssm',
  tagging: 'resourcegroupstaggingapi',
};

/** Where botocore keeps its models, beside the program of moto. */
function dataFolder(): string | undefined {
  const lib = path.join(path.dirname(programOf('moto') ?? '/'), '..', 'lib');
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  const folders = versions.map((version) => path.join(lib, version, 'site-packages/botocore/data'));
  return folders.find((folder) => existsSync(folder));
}

function readModel(folder: string): Model {
  const version = readdirSync(folder).sort().at(-1) ?? '';
  const file = path.join(folder, version, 'service-2.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  return JSON.parse(gunzipSync(readFileSync(`${file}.gz`)).toString());
}

/** Rules that refuse texts which the model of their service does not allow. */
export function modelRules(): Rules {
  const data = dataFolder();
  if (data === undefined) {
    process.stderr.write('\n*** NOT TESTED: no models of AWS are beside moto (botocore/data) ***\n\n');
    return {};
  }
  // Now rather than at the first call, which tests may measure.
  return Object.fromEntries(
    Object.entries(FOLDERS).map(([service, folder]) => {
      const model = readModel(path.join(data, folder));
      const rule = async (request: ApiRequest, next: Next) => {
        checkInput(model, request);
        return next();
      };
      return [`${service}:*`, rule];
    }),
  );
}

function checkInput(model: Model, { service, operation, params }: ApiRequest): void {
  const input = model.operations[operation]?.input;
  const given = service === 'iam' ? nested(params) : params;
  if (input) check(model, input.shape, given, '', service);
}

/** Lists and structures of a form: `Tags.member.1.Key`. */
function nested(form: Params): Params {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const names = name.replaceAll('.member.', '.').split('.');
    const last = names.pop() ?? '';
    let inside = root;
    for (const each of names) {
      inside[each] ??= {};
      inside = inside[each] as Record<string, unknown>;
    }
    inside[last] = value;
  }
  return root;
}

function check(model: Model, name: string, value: unknown, at: string, service: string): void {
  const shape = model.shapes[name];
  if (!shape || value === undefined || value === null) return;
  if (shape.type === 'string') checkText(shape, String(value), at, service);
  if (typeof value !== 'object') return;
  const inside = Object.entries(value);
  if (shape.type === 'structure') {
    for (const [member, { shape: inner, locationName }] of Object.entries(shape.members ?? {})) {
      const found = inside.find(([key]) => key === (locationName ?? member) || key === member);
      check(model, inner, found?.[1], `${at}.${member}`, service);
    }
  }
  for (const [key, each] of inside) {
    if (shape.type === 'list') check(model, shape.member?.shape ?? '', each, `${at}[${key}]`, service);
    if (shape.type === 'map') {
      check(model, shape.key?.shape ?? '', key, `${at}.${key}`, service);
      check(model, shape.value?.shape ?? '', each, `${at}.${key}`, service);
    }
  }
}

function checkText({ pattern, min = 0, max }: Shape, text: string, at: string, service: string): void {
  const length = [...text].length;
  if (length < min) throw refused(text, at, `have length greater than or equal to ${min}`, service);
  if (max !== undefined && length > max)
    throw refused(text, at, `have length less than or equal to ${max}`, service);
  if (pattern !== undefined && !expressionOf(pattern).test(text))
    throw refused(text, at, `satisfy regular expression pattern: ${pattern}`, service);
}

const expressions = new Map<string, RegExp>();

/** The expressions are Java's; those that only differ from ours in what must be escaped are read without `u`. */
function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  let made: RegExp;
  try {
    made = new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    made = new RegExp(`^(?:${pattern})$`);
  }
  expressions.set(pattern, made);
  return made;
}

function refused(text: string, at: string, rule: string, service: string): AwsFault {
  const where = at.replace(/^\./, '');
  const message = `1 validation error detected: Value '${text}' at '${where}' failed to satisfy constraint: Member must ${rule}`;
  const code = service === 'iam' ? 'ValidationError' : 'ValidationException';
  return new AwsFault(code, message);
}
