import { VERSION } from '../version.ts';
import type { Handler } from './command.ts';

/** Put in by the build; empty outside of a checkout. */
declare const FDL_COMMIT: string | undefined;

/** Prints what a report of a fault needs: version, commit, platform and Node. */
export const run: Handler = async ({ terminal }) => {
  const commit = typeof FDL_COMMIT === 'undefined' || FDL_COMMIT === '' ? null : FDL_COMMIT;
  const platform = `${process.platform}-${process.arch}`;
  const node = process.versions.node;
  if (terminal.json) terminal.data({ version: VERSION, commit, platform, node });
  const built = commit === null ? 'commit unknown' : `commit ${commit.slice(0, 12)}`;
  terminal.out(`fdl ${VERSION} (${built}), ${platform}, Node ${node}`);
  return 0;
};
