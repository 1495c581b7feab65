/** The models of AWS's services, as botocore ships them: one document for a service, with all its shapes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sitePackages } from '../../need.ts';

export interface Member {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
  readonly locationName?: string;
  readonly queryName?: string;
  readonly flattened?: boolean;
  readonly deprecated?: boolean;
  readonly deprecatedMessage?: string;
}

export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Member>>;
  readonly required?: readonly string[];
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly flattened?: boolean;
  readonly locationName?: string;
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly union?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface Operation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string };
  readonly deprecated?: boolean;
  readonly deprecatedMessage?: string;
  readonly httpChecksum?: { readonly requestChecksumRequired?: boolean };
}

export type Protocol = 'json' | 'rest-json' | 'rest-xml' | 'query' | 'ec2';

export interface Model {
  /** Name and version of the document. */
  readonly source: string;
  readonly apiVersion: string;
  readonly protocol: Protocol;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Models whose names are not those that their requests are signed for. */
const NAMES: Readonly<Record<string, string>> = {
  apigateway: 'apigatewayv2',
  tagging: 'resourcegroupstaggingapi',
};

const read = new Map<string, Model | undefined>();

/** The newest model of the service that a signature names; nothing if there is none. */
export function modelOf(service: string): Model | undefined {
  if (!read.has(service)) read.set(service, readModel(NAMES[service] ?? service));
  return read.get(service);
}

function readModel(name: string): Model | undefined {
  const folder = path.join(sitePackages(), 'botocore/data', name);
  if (!existsSync(folder)) return undefined;
  const version = readdirSync(folder).sort().at(-1) ?? '';
  const file = path.join(folder, version, 'service-2.json.gz');
  const { metadata, operations, shapes } = JSON.parse(gunzipSync(readFileSync(file)).toString());
  // Where a service has several protocols, the one that the SDK for JavaScript speaks.
  const protocols: readonly Protocol[] = metadata.protocols ?? [metadata.protocol];
  const protocol = protocols.find((each) => SPOKEN.has(each)) ?? metadata.protocol;
  return {
    source: `botocore ${name} ${version}`,
    apiVersion: metadata.apiVersion,
    protocol,
    operations,
    shapes,
  };
}

const SPOKEN: ReadonlySet<string> = new Set(['json', 'rest-json', 'rest-xml', 'query', 'ec2']);

/** A shape of a model. @throws Error if the model has none of this name */
export function shapeOf(model: Model, name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`${model.source} has no shape ${name}.`);
  return shape;
}
