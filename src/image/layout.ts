/** Where our files are in an image. */

/**
 * The folder of all our files. It lies at the root, because a folder there has no other above it: the user's image
 * may have a link at any other place (`/opt` is one in some systems), and what is written below a link ends up
 * elsewhere. A link in the place of this folder itself is replaced by it, and not followed: our layers name the folder.
 */
export const ROOT = '/.fdl';

/** Paths below the root. */
export const SUPERVISOR = 'supervisor.mjs';
export const SCRIPT = 'script';
export const CONFIGURATION = 'config.json';
export const PAYLOAD = 'payload';
/** The terms of Node and its libraries; those of what the supervisor is made of stand at its own end. */
export const LICENCES = 'licenses';

/** Counts up when the content of our layers changes without any of their inputs. */
export const LAYOUT_VERSION = 2;

/** The command that starts Node by its own loader and libraries, whatever the image has. */
export function nodeCommand(loader: string): readonly string[] {
  return [`${ROOT}/lib/${loader}`, '--library-path', `${ROOT}/lib`, `${ROOT}/bin/node`];
}
