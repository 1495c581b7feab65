/**
 * The start of the single file: unpacks the package once into the user's cache, for this release only, and goes on there.
 * ES modules that are loaded on demand have to be files.
 */
const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { getAsset } = require('node:sea');
const zlib = require('node:zlib');

const RELEASE = '(release)';

/** The cache of the user; where that cannot be written to, a folder of this user among temporary ones. */
function unpacked() {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const own = path.join(os.tmpdir(), `fdl-${process.getuid?.() ?? os.userInfo().username}`);
  let failure;
  for (const folder of [path.join(cache, 'fdl'), own]) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      refuseOthers(folder);
      return unpackIn(path.join(folder, RELEASE));
    } catch (error) {
      failure ??= error;
    }
  }
  process.stderr.write(
    `error: fdl cannot unpack itself: ${failure.message}\n  Name a folder that you may write to in XDG_CACHE_HOME.\n`,
  );
  process.exit(1);
}

/** What is run from a folder must not be somebody else's. */
function refuseOthers(folder) {
  const { uid, mode } = fs.lstatSync(folder);
  if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0))
    throw new Error(`others may write to ${folder}`);
}

function unpackIn(folder) {
  if (fs.existsSync(folder)) return folder;
  const beside = fs.mkdtempSync(`${folder}.`);
  const files = JSON.parse(zlib.gunzipSync(Buffer.from(getAsset('package'))).toString());
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.join(beside, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(beside, name), Buffer.from(content, 'base64'));
  }
  try {
    // All at once: another one may start at the same time.
    fs.renameSync(beside, folder);
  } catch (error) {
    fs.rmSync(beside, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error;
  }
  return folder;
}

// The program itself cannot import files; a module that is one can.
const start = path.join(unpacked(), 'start.cjs');
createRequire(start)(start);
