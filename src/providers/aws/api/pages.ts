/** Lists that come page by page: the token of the next page must be none that led here, or they would be read without end. */
import { AwsError } from './errors.ts';

/** Names of what says which page is asked for, and which one comes next. */
const ASKED = ['nextToken', 'NextToken', 'PaginationToken', 'Marker'] as const;
const NEXT = [...ASKED, 'NextMarker'] as const;

/** A page, and the pages that were read before it. */
interface Page {
  readonly token: string;
  readonly before: Page | undefined;
}

interface Asked {
  readonly input: Readonly<Record<string, unknown>>;
}

type Handler = (args: Asked) => Promise<{ readonly output: Readonly<Record<string, unknown>> }>;

/** A middleware that throws `aws-failed` for a list that leads back to a page of it. */
export function pagesMiddleware(service: string) {
  /** Pages that are to be asked for, by the list and their tokens; lists may be read several times at once. */
  const expected = new Map<string, Page>();
  return (next: Handler, { commandName = '' }: { readonly commandName?: string }): Handler =>
    async (args) => {
      const result = await next(args);
      const token = tokenIn(result.output, NEXT);
      const asked = tokenIn(args.input, ASKED);
      if (token === undefined && asked === undefined) return result;
      const list = `${commandName} ${JSON.stringify({ ...args.input, ...NONE })} `;
      const page =
        asked === undefined ? undefined : (expected.get(list + asked) ?? { token: asked, before: undefined });
      if (asked !== undefined) expected.delete(list + asked);
      if (token === undefined) return result;
      for (let each = page; each; each = each.before)
        if (each.token === token) throw endless(`${service} ${commandName.replace(/Command$/, '')}`);
      expected.set(list + token, { token, before: page });
      return result;
    };
}

/** A list is the same whichever of its pages is asked for. */
const NONE = Object.fromEntries(ASKED.map((name) => [name, undefined]));

function tokenIn(fields: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  const name = names.find((each) => typeof fields[each] === 'string' && fields[each] !== '');
  return name === undefined ? undefined : (fields[name] as string);
}

function endless(call: string): AwsError {
  return new AwsError(
    'aws-failed',
    `AWS did not answer ${call} as it should: its list leads back to a page that was there before`,
    {
      hint: 'Check AWS_ENDPOINT_URL: something else may answer there.',
      cause: undefined,
      awsCode: 'EndlessList',
    },
  );
}
