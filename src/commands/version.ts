import { VERSION } from '../version.ts';
import type { Handler } from './command.ts';

/** Put in by the build; empty outside of a checkout. */
declare const FDL_COMMIT: string | undefined;

/** Prints what a report of a fault needs: version, commit, platform and Node. */
export const run: Handler = async ({ terminal }) => {
  const document = documentOf();
  if (terminal.json) terminal.data(document);
  const { version, commit, platform, node } = document;
  const built = commit === undefined ? 'commit unknown' : `commit ${commit.slice(0, 12)}`;
  terminal.out(`fdl ${version} (${built}), ${platform}, Node ${node}`);
  return 0;
};

export function documentOf() {
  return {
    version: VERSION,
    commit: typeof FDL_COMMIT === 'undefined' || FDL_COMMIT === '' ? undefined : FDL_COMMIT,
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  };
}
