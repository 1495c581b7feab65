/** A right that whoever deploys needs: actions on resources, and for what. Pure data. */
import type { Site } from '../site.ts';

/** What somebody wants to do with a workflow. */
export type Use = 'look' | 'apply' | 'run' | 'rm';

export const USES: readonly Use[] = ['look', 'apply', 'run', 'rm'];

/** Operators of IAM, each with the keys that it compares. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface Right {
  /** Name of its statement: letters and digits. */
  readonly sid: string;
  readonly uses: readonly Use[];
  /** Such as `lambda:CreateFunction`. */
  readonly actions: readonly string[];
  /** ARNs, with `*`. */
  readonly resources: readonly string[];
  readonly condition?: Condition | undefined;
}

/** When a call is made, and with that for which uses it is needed. */
const PHASES = {
  /** Reads what there is: before anything is made, changed, shown or removed. */
  read: ['look', 'apply', 'rm'],
  /** Makes and changes. */
  write: ['apply'],
  /** Takes away; also where a new object replaces an old one. */
  replace: ['apply', 'rm'],
  remove: ['rm'],
  /** Looks at whether all is as it should be. */
  examine: ['look'],
  /** Looks at what goes on. */
  watch: ['look', 'run'],
  run: ['run'],
} as const satisfies Readonly<Record<string, readonly Use[]>>;

/** Actions by the phase in which they are called. */
export type Actions = Readonly<Partial<Record<keyof typeof PHASES, readonly string[]>>>;

/** Rights on the same resources. */
export function rightsOn(
  sid: string,
  resources: readonly string[],
  actions: Actions,
  condition?: Condition,
): readonly Right[] {
  const phases = Object.entries(actions) as readonly [keyof typeof PHASES, readonly string[]][];
  return phases.map(([phase, each]) => ({ sid, uses: PHASES[phase], actions: each, resources, condition }));
}

/** Where the objects of a workflow are, as far as it is known: an account may be `*`. */
export interface Place {
  readonly workflow: string;
  readonly partition: string;
  readonly account: string;
}

/** Writes ARNs: `at('lambda', 'function:resize', site)`. Without a site, of a service that is the same in all regions. */
export type ArnOf = (service: string, resource: string, site?: Site) => string;

export function arnsAt({ partition, account }: Place): ArnOf {
  return (service, resource, site) => {
    return `arn:${partition}:${service}:${site?.region ?? ''}:${account}:${resource}`;
  };
}

/** Passing a role to a service, and to no other. */
export function passing(role: readonly string[], service: string): readonly Right[] {
  const condition = { StringEquals: { 'iam:PassedToService': service } };
  return rightsOn('PassRoles', role, { write: ['iam:PassRole'] }, condition);
}
