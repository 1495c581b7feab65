/** Policy documents made of rights: as few statements as it takes, in documents that are short enough for IAM. */
import { isDeepStrictEqual } from 'node:util';
import type { Condition, Right, Use } from './right.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Characters without white space of a managed policy. Rule: IAM's quotas. */
const LONGEST = 6144;

/** Statements that permit what these uses take, and nothing else. */
export function statementsOf(rights: readonly Right[], uses: readonly Use[]): readonly Statement[] {
  const wanted = rights.filter(({ uses: each }) => each.some((use) => uses.includes(use)));
  const byResources = merged(needed(merged(wanted, 'resources', 'actions')), 'resources', 'actions');
  const statements = merged(byResources, 'actions', 'resources');
  return named(statements.map(({ sid, ...rest }) => ({ ...rest, sid })));
}

type Part = Pick<Right, 'sid' | 'actions' | 'resources' | 'condition'>;
type Lists = 'actions' | 'resources';

/** Without the actions that another part permits on the same resources and on more. */
function needed(parts: readonly Part[]): readonly Part[] {
  return parts.flatMap((part) => {
    const wider = parts.filter((each) => each !== part && contains(each, part));
    const actions = part.actions.filter((action) => !wider.some((each) => each.actions.includes(action)));
    return actions.length > 0 ? [{ ...part, actions }] : [];
  });
}

function contains(wide: Part, { resources, condition }: Part): boolean {
  const covers = isDeepStrictEqual(wide.condition, condition) && wide.resources.length > resources.length;
  return covers && resources.every((each) => wide.resources.includes(each));
}

/** Parts that are the same but for one list become one that has all of it. */
function merged(parts: readonly Part[], same: Lists, joined: Lists): readonly Part[] {
  const groups: Part[] = [];
  for (const { sid, actions, resources, condition } of parts) {
    const part = { sid, actions: sorted(actions), resources: sorted(resources), condition };
    const index = groups.findIndex(
      (each) =>
        each.sid === sid &&
        isDeepStrictEqual(each[same], part[same]) &&
        isDeepStrictEqual(each.condition, condition),
    );
    const known = groups[index];
    if (known) groups[index] = { ...known, [joined]: sorted([...known[joined], ...part[joined]]) };
    else groups.push(part);
  }
  return groups;
}

function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}

/** Statements have names of their own: the second of a kind is `Roles2`. */
function named(parts: readonly Part[]): readonly Statement[] {
  const used = new Map<string, number>();
  const ordered = [...parts].sort((a, b) => (a.sid < b.sid ? -1 : a.sid > b.sid ? 1 : 0));
  return ordered.map(({ sid, actions, resources, condition }) => {
    const count = (used.get(sid) ?? 0) + 1;
    used.set(sid, count);
    const Sid = count === 1 ? sid : `${sid}${count}`;
    const statement = { Sid, Effect: 'Allow' as const, Action: actions, Resource: resources };
    return condition ? { ...statement, Condition: condition } : statement;
  });
}

/** The statements in as many documents as IAM's limit on their length takes. */
export function policiesOf(statements: readonly Statement[]): readonly Policy[] {
  const documents: Statement[][] = [];
  for (const statement of statements.flatMap(fitting)) {
    const last = documents.at(-1);
    if (last && length([...last, statement]) <= LONGEST) last.push(statement);
    else documents.push([statement]);
  }
  return documents.map(policy);
}

/** A statement about too many resources for one document becomes several. */
function fitting(statement: Statement): readonly Statement[] {
  const { Sid, Resource } = statement;
  if (length([statement]) <= LONGEST || Resource.length < 2) return [statement];
  const middle = Math.ceil(Resource.length / 2);
  const halves = [Resource.slice(0, middle), Resource.slice(middle)] as const;
  return halves.flatMap((part, index) =>
    fitting({ ...statement, Sid: `${Sid}${index === 0 ? 'A' : 'B'}`, Resource: part }),
  );
}

function policy(Statement: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement };
}

function length(statements: readonly Statement[]): number {
  return JSON.stringify(policy(statements)).length;
}
