/**
 * Roles of IAM with what they permit, all in one inline policy. Roles are not in the tagging API: the path says whose they
 * are.
 */
import type { ResourceKind } from '../../../../deploy/resource.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf } from '../listing.ts';
import { deleteRole } from './delete.ts';
import { roleCandidates } from './list.ts';
import { ROLE_RULES, type RoleAttrs, type RoleProps, roleChanges } from './properties.ts';
import { observeRole } from './read.ts';
import { reconcileRole } from './write.ts';

export type { RoleAttrs, RoleProps } from './properties.ts';

export function roleKind(deps: AwsDeps): ResourceKind<RoleProps, RoleAttrs> {
  return {
    title: 'role',
    rank: 80,
    read: (props, call) => observeRole(deps, props, call),
    rules: ROLE_RULES,
    changes: roleChanges,
    reconcile: (props, call) => reconcileRole(deps, props, call),
    async delete(attrs, call) {
      await deleteRole(deps, attrs, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await roleCandidates(deps, call);
      const read = (props: RoleProps) => observeRole(deps, props, call);
      return ownedOf({ kind: 'aws/role', candidates, identity: ({ arn }) => arn }, deps, read, call);
    },
  };
}
