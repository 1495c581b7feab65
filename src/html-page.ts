/** Pages of HTML where a program should have answered: those of proxies, of logins and of other servers. */
import { maskCredentials } from './secret.ts';

/** How a page begins. */
const PAGE = /^\s*(<!doctype html|<html|<head|<body)\b/i;
/** Characters of a page that are looked at; its title stands at the beginning. */
const MOST = 16 * 1024;
/** Characters of a page that a message quotes. */
const LONGEST = 80;

/** `a page of HTML "Please log in"`, with the title, else with its first line with any text; nothing for what is no page. */
export function pageText(body: string): string | undefined {
  const page = body.slice(0, MOST);
  if (!PAGE.test(page)) return undefined;
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1]?.trim();
  const lines = page.replace(/<[^>]*>/g, ' ').split('\n');
  const first = title || lines.map((line) => line.trim()).find((line) => line !== '') || '';
  // Before it is cut, since what is left of a credential would not be known for one.
  const quoted = maskCredentials(first).replace(/\s+/g, ' ').slice(0, LONGEST);
  return quoted === '' ? 'a page of HTML' : `a page of HTML "${quoted}"`;
}
