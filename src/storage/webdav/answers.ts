/** What WebDAV servers answer when they are asked what is there. Rule: RFC 4918, sections 9.1 and 13. */
import { parseXML } from '@aws-sdk/xml-builder';
import { asObject, asText, isObject, type JsonObject } from '../../json.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';

/** What is asked of each resource. */
export const PROPFIND =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>';

/** A resource. */
export interface Entry {
  /** Below what was asked about; empty for that itself. */
  readonly name: string;
  readonly isCollection: boolean;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
  /** Without quotes; empty where the server has none. */
  readonly etag: string;
}

interface Answered {
  readonly status: number;
  readonly url: string;
}

/** The resources of an answer to PROPFIND. @throws StorageError `storage-failed`: it is none */
export function readEntries(text: string, { status, url }: Answered, subject: HttpSubject): readonly Entry[] {
  const root = status === 207 ? parsed(text) : undefined;
  const responses = child(root, 'multistatus');
  if (responses === undefined) throw wrongAnswer('the answer is not one of WebDAV', subject);
  const asked = segments(url, url);
  return all(responses, 'response').map((response) => {
    const href = textOf(child(response, 'href')).trim();
    const path = segments(href, url);
    const isBelow = path && asked?.every((name, index) => name === path[index]);
    const [name = '', ...deeper] = isBelow ? path.slice(asked?.length) : ['..'];
    if (!isBelow || deeper.length > 0 || /^\.{1,2}$|\//.test(name))
      throw wrongAnswer(`its list names what is not below the folder: ${href}`, subject);
    return entryOf(name, propertiesOf(response));
  });
}

function parsed(text: string): unknown {
  try {
    return parseXML(text);
  } catch {
    return undefined;
  }
}

/** The decoded names of a path; nothing for what is no address. */
function segments(href: string, base: string): readonly string[] | undefined {
  if (!URL.canParse(href, base)) return undefined;
  // Not by the URL itself, which resolves names such as `..`.
  const path = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function entryOf(name: string, properties: unknown): Entry {
  const modified = new Date(textOf(child(properties, 'getlastmodified')));
  return {
    name,
    isCollection: child(child(properties, 'resourcetype'), 'collection') !== undefined,
    size: Number(textOf(child(properties, 'getcontentlength'))) || 0,
    modified: Number.isNaN(modified.getTime()) ? new Date(0) : modified,
    etag: textOf(child(properties, 'getetag')).replace(/^W\//, '').replaceAll('"', ''),
  };
}

/** Properties that a resource has not stand in a list of their own, with the status 404. */
function propertiesOf(response: unknown): JsonObject {
  const found = all(response, 'propstat').filter((each) => {
    const status = textOf(child(each, 'status'));
    return status === '' || /\s200\b/.test(status);
  });
  return Object.assign({}, ...found.map((each) => asObject(child(each, 'prop')) ?? {}));
}

/** The first child of a name, whatever prefix its namespace has. */
function child(node: unknown, name: string): unknown {
  return all(node, name)[0];
}

function all(node: unknown, name: string): readonly unknown[] {
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === name || key.endsWith(`:${name}`) ? [value].flat() : [],
  );
}

/** An element with attributes has its text apart. */
function textOf(node: unknown): string {
  return asText(node) ?? asText(asObject(node)?.['#text']) ?? '';
}
