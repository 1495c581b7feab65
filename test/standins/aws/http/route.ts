/** Which route of an HTTP API a request takes. */
export interface Route {
  readonly routeKey: string;
  readonly target?: string;
  readonly authorizationType?: string;
}

export interface Taken {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The most specific route: a full match before one with variables, before a greedy one, before `$default`. */
export function routeFor(routes: readonly Route[], method: string, path: string): Taken | undefined {
  const fitting = routes.flatMap((route): (Taken & { readonly rank: number })[] => {
    const found = fits(route.routeKey, method, path);
    return found ? [{ route, ...found }] : [];
  });
  return fitting.sort((a, b) => a.rank - b.rank)[0];
}

function fits(key: string, method: string, path: string) {
  if (key === '$default') return { rank: 9, pathParameters: {} };
  const [verb, template = ''] = key.split(' ');
  if (verb !== 'ANY' && verb !== method) return undefined;
  const pattern = template
    .replace(/[.*^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)\+\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const found = new RegExp(`^${pattern}/?$`).exec(path);
  if (!found) return undefined;
  const kind = template.includes('+}') ? 6 : template.includes('{') ? 3 : 0;
  return { rank: kind + (verb === 'ANY' ? 1 : 0), pathParameters: { ...found.groups } };
}
