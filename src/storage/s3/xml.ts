/** The XML that S3 and its like answer with and are sent. */
import { parseXML } from '@aws-sdk/xml-builder';
import { asObject, isObject, type JsonObject } from '../../json.ts';

/**
 * The content of the element that an answer is, if it is XML; of an error where one is asked for, else of anything else,
 * since servers differ in the names of what is no error.
 */
export function readElement(text: string, wanted: 'result' | 'error' = 'result'): JsonObject | undefined {
  try {
    const [[name, content] = []] = Object.entries(parseXML(text) as JsonObject);
    const inside = asObject(asObject(content)?.['Error']);
    const error = name === 'Error' ? asObject(content) : inside;
    return wanted === 'error' ? error : error ? undefined : asObject(content);
  } catch {
    return undefined;
  }
}

/** The text of an element; nothing where there is none. Without attributes, elements without children are texts. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof asObject(value)?.['#text'] === 'string' ? (asObject(value)?.['#text'] as string) : undefined;
}

/** Elements that may be there once, several times, or not at all. */
export function elementsOf(value: unknown): readonly JsonObject[] {
  return [value].flat().filter(isObject);
}

/** An element; what is in it is written already. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as XML has it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
}
