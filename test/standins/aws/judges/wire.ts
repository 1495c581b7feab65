/** Reads what a request carries by the model of its service: the opposite of what a client does. */
import type { ApiRequest } from '../core/api.ts';
import { type Element, parseXml } from '../core/xml.ts';
import type { Breach } from './constraints.ts';
import { type Member, type Model, type Operation, type Shape, shapeOf } from './model.ts';

export interface Carried {
  /** The input of the operation, by the names of its members. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What the model has no place for. */
  readonly breaches: readonly Breach[];
}

/** Makes a breach: the model knows no such thing. */
type Unknown = (member: string, value: unknown) => void;

/** The input of an operation. Bodies of objects are not read: the operation has them as a stream. */
export async function carriedBy(model: Model, operation: Operation, request: ApiRequest): Promise<Carried> {
  const breaches: Breach[] = [];
  const unknown: Unknown = (member, value) => {
    breaches.push({ member, value, rule: 'unknown', says: `there is no such member; ${model.source}` });
  };
  const input = operation.input ? shapeOf(model, operation.input.shape) : { type: 'structure' };
  const read = { model, unknown };
  if (model.protocol === 'json') {
    const body: unknown = JSON.parse((await request.body()).toString() || '{}');
    return { input: fromJson(read, input, body, '') as Carried['input'], breaches };
  }
  if (model.protocol === 'query' || model.protocol === 'ec2') {
    return { input: fromForm(read, input, await formOf(request), ''), breaches };
  }
  return { input: await fromRest(read, operation, input, request), breaches };
}

interface Reading {
  readonly model: Model;
  readonly unknown: Unknown;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member that has a name on the wire. */
function named({ members = {} }: Shape, name: string, wire: (name: string, member: Member) => string) {
  return Object.entries(members).find(([own, member]) => wire(own, member) === name);
}

const inJson = (name: string, { locationName }: Member) => locationName ?? name;

/** Values of the wrong type stay as they are: the constraints of the shapes say so. */
function fromJson(read: Reading, shape: Shape, value: unknown, at: string): unknown {
  const inner = (member: Member | undefined, each: unknown, where: string) =>
    member ? fromJson(read, shapeOf(read.model, member.shape), each, where) : each;
  if (shape.type === 'list' && Array.isArray(value)) {
    return value.map((each, index) => inner(shape.member, each, `${at}[${index}]`));
  }
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  if (shape.type === 'map') {
    return Object.fromEntries(entries.map(([key, each]) => [key, inner(shape.value, each, `${at}{${key}}`)]));
  }
  if (shape.type !== 'structure') return value;
  const found = entries.flatMap(([key, each]): readonly (readonly [string, unknown])[] => {
    const where = at === '' ? key : `${at}.${key}`;
    const member = named(shape, key, inJson);
    if (member) return [[member[0], inner(member[1], each, where)]];
    read.unknown(where, each);
    return [];
  });
  return Object.fromEntries(found);
}

/** A form as a tree: `A.member.1.B=c` is `{A: {member: {1: {B: 'c'}}}}`. */
interface Tree {
  text?: string;
  readonly parts: Map<string, Tree>;
}

async function formOf(request: ApiRequest): Promise<Tree> {
  const form = new URLSearchParams((await request.body()).toString());
  const root: Tree = { parts: new Map() };
  for (const [name, text] of [...request.query, ...form]) {
    if (name === 'Action' || name === 'Version') continue;
    const leaf = name.split('.').reduce((here, part) => {
      const next = here.parts.get(part) ?? { parts: new Map<string, Tree>() };
      here.parts.set(part, next);
      return next;
    }, root);
    leaf.text = text;
  }
  return root;
}

function fromForm(read: Reading, shape: Shape, tree: Tree, at: string): Fields {
  const ec2 = read.model.protocol === 'ec2';
  const wire = (name: string, { queryName, locationName }: Member) =>
    (ec2 && (queryName ?? (locationName && upperFirst(locationName)))) || (locationName ?? name);
  const found = [...tree.parts].flatMap(([key, each]): readonly (readonly [string, unknown])[] => {
    const where = at === '' ? key : `${at}.${key}`;
    const member = named(shape, key, wire);
    if (member) return [[member[0], formValue(read, member[1], each, where)]];
    read.unknown(where, each.text ?? '…');
    return [];
  });
  return Object.fromEntries(found);
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function formValue(read: Reading, member: Member, tree: Tree, at: string): unknown {
  const shape = shapeOf(read.model, member.shape);
  if (shape.type === 'structure') return fromForm(read, shape, tree, at);
  if (shape.type !== 'list' && shape.type !== 'map') return typed(shape, tree.text ?? '');
  const flat = read.model.protocol === 'ec2' || shape.flattened || member.flattened;
  const within = shape.type === 'list' ? (shape.member?.locationName ?? 'member') : 'entry';
  const items = [...((flat ? tree : tree.parts.get(within))?.parts ?? [])];
  if (shape.type === 'list') {
    const element = shape.member;
    return items.map(([n, item]) =>
      element ? formValue(read, element, item, `${at}[${Number(n) - 1}]`) : item,
    );
  }
  const entry = (item: Tree, part: Member | undefined, name: string) =>
    part && formValue(read, part, item.parts.get(part.locationName ?? name) ?? item, at);
  return Object.fromEntries(
    items.map(([, item]) => [String(entry(item, shape.key, 'key')), entry(item, shape.value, 'value')]),
  );
}

/** A text as the type of its shape; one that is none of it stays a text, which the constraints notice. */
function typed({ type }: Shape, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumber = ['integer', 'long', 'float', 'double'].includes(type);
  return isNumber && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

async function fromRest(
  read: Reading,
  operation: Operation,
  input: Shape,
  request: ApiRequest,
): Promise<Fields> {
  const { members = {} } = input;
  const parts = uriParts(operation.http.requestUri, request.target.split('?')[0] ?? '/');
  if (!parts) read.unknown(`path, which is to be ${operation.http.requestUri}`, request.target);
  if (request.method !== operation.http.method) read.unknown('method', request.method);
  unknownQuery(read, operation, members, request);
  if (request.service === 's3') unknownHeaders(read, members, request.headers);
  const bound = Object.entries(members).map(([name, member]) => [
    name,
    boundTo(read, name, member, parts, request),
  ]);
  return {
    ...(await bodyOf(read, input, request)),
    ...Object.fromEntries(bound.filter(([, value]) => value !== undefined)),
  };
}

function uriParts(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const [plain = ''] = template.split('?');
  const names: string[] = [];
  const pattern = plain.replace(/\{([\w-]+)(\+?)\}/g, (_, name: string, greedy: string) => {
    names.push(name);
    return greedy ? '(.+)' : '([^/]+)';
  });
  const found = new RegExp(`^${pattern}/?$`, 's').exec(path);
  return found
    ? Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? '')]))
    : undefined;
}

function boundTo(
  { model }: Reading,
  name: string,
  member: Member,
  parts: Readonly<Record<string, string>> | undefined,
  { query, headers }: ApiRequest,
): unknown {
  const { location, locationName: wire = name } = member;
  const shape = shapeOf(model, member.shape);
  if (location === 'uri') return parts?.[wire];
  if (location === 'querystring') {
    if (!query.has(wire)) return undefined;
    return shape.type === 'list' ? query.getAll(wire) : typed(shape, query.get(wire) ?? '');
  }
  if (location === 'headers') {
    const all = Object.entries(headers).filter(([header]) => header.startsWith(wire.toLowerCase()));
    return all.length > 0
      ? Object.fromEntries(all.map(([header, text]) => [header.slice(wire.length), text]))
      : undefined;
  }
  if (location !== 'header') return undefined;
  const text = headers[wire.toLowerCase()];
  if (text === undefined) return undefined;
  return shape.type === 'list' ? text.split(',').map((each) => each.trim()) : typed(shape, text);
}

/** What every request may have: a presigned signature, and the SDK's name of the operation. */
const ANY_QUERY = /^(X-Amz-.*|x-id)$/;

function unknownQuery(
  read: Reading,
  operation: Operation,
  members: NonNullable<Shape['members']>,
  { query }: ApiRequest,
): void {
  const fixed = new URLSearchParams(operation.http.requestUri.split('?')[1] ?? '');
  const wanted = new Set(
    Object.entries(members).flatMap(([name, each]) =>
      each.location === 'querystring' ? [each.locationName ?? name] : [],
    ),
  );
  for (const [name, value] of query) {
    if (!ANY_QUERY.test(name) && !fixed.has(name) && !wanted.has(name)) read.unknown(`query ${name}`, value);
  }
}

/** Headers of signatures, of the SDK itself and of streamed bodies, which are no members. */
const ANY_HEADER =
  /^x-amz-(date|security-token|content-sha256|user-agent|decoded-content-length|trailer|te|checksum-.*|sdk-checksum-algorithm)$/;

function unknownHeaders(
  read: Reading,
  members: NonNullable<Shape['members']>,
  headers: ApiRequest['headers'],
): void {
  const wanted = Object.entries(members).flatMap(([name, { location, locationName = name }]) =>
    location === 'header' || location === 'headers' ? [{ location, name: locationName.toLowerCase() }] : [],
  );
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || ANY_HEADER.test(name)) continue;
    const known = wanted.some((each) =>
      each.location === 'headers' ? name.startsWith(each.name) : name === each.name,
    );
    if (!known) read.unknown(`header ${name}`, value);
  }
}

async function bodyOf(read: Reading, input: Shape, request: ApiRequest): Promise<Fields> {
  const { members = {}, payload } = input;
  const member = payload === undefined ? undefined : members[payload];
  const shape = member ? shapeOf(read.model, member.shape) : input;
  if (payload !== undefined && shape.type !== 'structure') {
    // The body of an object, or of an invocation: any bytes. Texts are policies.
    return shape.type === 'string'
      ? { [payload]: (await request.body()).toString() }
      : { [payload]: undefined };
  }
  const text = (await request.body()).toString();
  if (text === '') return {};
  const inBody = { ...shape, members: payload === undefined ? unbound(members) : (shape.members ?? {}) };
  const value =
    read.model.protocol === 'rest-xml'
      ? fromXml(read, inBody, rootOf(read, text, member?.locationName ?? shape.locationName), '')
      : fromJson(read, inBody, JSON.parse(text), '');
  return payload === undefined ? (value as Fields) : { [payload]: value };
}

function unbound(members: NonNullable<Shape['members']>): NonNullable<Shape['members']> {
  return Object.fromEntries(Object.entries(members).filter(([, { location }]) => location === undefined));
}

function rootOf(read: Reading, text: string, name: string | undefined): Element {
  const root = parseXml(text);
  if (name !== undefined && root.name !== name) read.unknown(`root, which is to be ${name}`, root.name);
  return root;
}

function fromXml(read: Reading, shape: Shape, element: Element, at: string): unknown {
  if (shape.type !== 'structure') return typed(shape, element.text.trim());
  const found = new Map<string, unknown>();
  for (const child of element.children) {
    const where = at === '' ? child.name : `${at}.${child.name}`;
    const [name, member] = named(shape, child.name, (own, each) => xmlName(read, own, each)) ?? [];
    if (name === undefined || member === undefined) {
      read.unknown(where, child.text);
      continue;
    }
    const inner = shapeOf(read.model, member.shape);
    if (inner.type !== 'list' || !inner.member) {
      found.set(name, fromXml(read, inner, child, where));
      continue;
    }
    const each = shapeOf(read.model, inner.member.shape);
    const items = isFlat(inner, member) ? [child] : child.children;
    const before = (found.get(name) as readonly unknown[] | undefined) ?? [];
    found.set(name, [
      ...before,
      ...items.map((item, i) => fromXml(read, each, item, `${where}[${before.length + i}]`)),
    ]);
  }
  return Object.fromEntries(found);
}

function isFlat(list: Shape, member: Member): boolean {
  return list.flattened === true || member.flattened === true;
}

function xmlName({ model }: Reading, name: string, member: Member): string {
  const shape = shapeOf(model, member.shape);
  const flat = shape.type === 'list' && isFlat(shape, member);
  return member.locationName ?? (flat ? shape.member?.locationName : undefined) ?? name;
}
