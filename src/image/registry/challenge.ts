/** Reads how a registry wants to be authorised: the header `WWW-Authenticate` (RFC 9110, 11.6.1). */

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Where tokens are to be had. */
      readonly realm: string;
      readonly service?: string;
      /** What the refused call would have needed. */
      readonly scopes: readonly string[];
    };

const SCHEME = /^([a-z][\w-]*)(?:\s+(?![=\s])|(?=,)|$)/i;
const PARAMETER = /^([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/;

/** The first challenge of a header that registries are known to use; Bearer before Basic. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = [...parts(header ?? '')];
  const bearer = challenges.find(({ scheme, values }) => scheme === 'bearer' && values['realm']);
  if (bearer) return bearerChallenge(bearer.values);
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Part {
  readonly scheme: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Splits `Scheme a="x", b=y, Other c="z"`: commas stand between parameters, and between challenges too. */
function* parts(header: string): Generator<Part> {
  let rest = header.trim();
  while (rest !== '') {
    const scheme = SCHEME.exec(rest);
    if (!scheme) return;
    rest = rest.slice(scheme[0].length);
    const values: Record<string, string> = {};
    for (let found = PARAMETER.exec(rest); found; found = PARAMETER.exec(rest)) {
      values[(found[1] ?? '').toLowerCase()] = found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '';
      rest = rest.slice(found[0].length).replace(/^[\s,]+/, '');
    }
    yield { scheme: (scheme[1] ?? '').toLowerCase(), values };
    rest = rest.replace(/^[\s,]+/, '');
  }
}

function bearerChallenge(values: Readonly<Record<string, string>>): Challenge {
  const { realm = '', service, scope = '' } = values;
  const scopes = scope.split(' ').filter((each) => each !== '');
  return { scheme: 'bearer', realm, scopes, ...(service !== undefined && { service }) };
}
