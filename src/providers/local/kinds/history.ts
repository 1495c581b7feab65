/** What a workflow remembers on this machine: its journal and its log. */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import type { Found, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { type LocalHome, makeHome, PRIVATE, pruneHome } from '../home.ts';
import { requireUnlocked } from '../lock.ts';

export type HistoryProps = { readonly workflow: string };

const RULES: Rules<HistoryProps> = {
  workflow: IDENTITY,
};

/** The id of a workflow's history. */
export function historyId(workflow: string): string {
  return `local/${workflow}/history/${workflow}`;
}

/** Goes last, with the folders that are empty then; not while a process works on the queue. */
export function historyKind(home: LocalHome): ResourceKind<HistoryProps, HistoryProps> {
  return {
    title: 'history',
    rank: 3,
    read: async (props) => (existsSync(home.journal) ? { owned: true, attrs: props } : undefined),
    rules: RULES,
    changes: () => [],
    async reconcile(props) {
      makeHome(home);
      closeSync(openSync(home.journal, 'a', PRIVATE));
      return props;
    },
    async delete() {
      requireUnlocked(home);
      const { journal, checkpoint, log, lock, tmp, steps, scripts, payloads } = home;
      for (const path of [journal, checkpoint, log, lock, tmp, steps, scripts, payloads]) {
        rmSync(path, { recursive: true, force: true });
      }
      pruneHome(home);
      return undefined;
    },
    async list(workflow): Promise<readonly Found<HistoryProps>[]> {
      return existsSync(home.journal) || existsSync(home.log)
        ? [{ id: historyId(workflow), attrs: { workflow } }]
        : [];
    },
  };
}
