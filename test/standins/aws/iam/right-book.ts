/** Keeps book of what roles were given and of what was asked of them: a right that nothing asked for is too much. */
import { type PolicyStatement, permits } from './policy.ts';

/** An action of a statement of a role's own policy. */
export interface Right {
  /** Name of the role. */
  readonly role: string;
  readonly sid: string;
  readonly action: string;
  /** Whether a call with the role's keys, or a service on behalf of it, was in need of it. */
  readonly isUsed: boolean;
}

export interface RightBook {
  grant(role: string, statements: readonly PolicyStatement[]): void;
  ask(role: string, action: string, resource: string): void;
  /** All rights that were given so far. */
  all(): readonly Right[];
}

export function openRightBook(): RightBook {
  const given = new Map<string, Omit<Right, 'isUsed'> & { readonly statement: PolicyStatement }>();
  const used = new Set<string>();
  return {
    grant: (role, statements) => {
      for (const statement of statements) {
        const { Sid: sid = '', Action = [] } = statement;
        for (const action of [Action].flat()) {
          const one = { ...statement, Action: action };
          given.set(`${role} ${sid} ${action}`, { role, sid, action, statement: one });
        }
      }
    },
    ask: (role, action, resource) => {
      for (const [key, right] of given)
        if (right.role === role && permits([right.statement], action, resource)) used.add(key);
    },
    all: () => [...given].map(([key, { statement: _, ...right }]) => ({ ...right, isUsed: used.has(key) })),
  };
}
