/** Addresses of servers, as files name them. */

/** The URL of a server that is named by host, port and path, which stand for HTTPS, or by a URL; nothing for anything else. */
export function addressOf(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const isServer = url && /^https?:$/.test(url.protocol) && url.hostname !== '';
  return isServer && url.search === '' && url.hash === '' ? url : undefined;
}
