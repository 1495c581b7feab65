/** A keyring of a desktop: GNOME's, in a session of its own, or where it is not installed a program that stands in for it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const PROGRAMS = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'];

/** Whether GNOME's can be started; where it cannot, this is said. */
export function hasKeyring(): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(path.join(folder, name))));
  if (missing.length > 0)
    process.stderr.write(
      `\n*** A TEST USES A STAND-IN: there is no ${missing.join(', ')} (apt-get install dbus gnome-keyring libsecret-tools) ***\n\n`,
    );
  return missing.length === 0;
}

/** Unlocks an empty keyring, and says where its session is; ends with its standard input. */
const SESSION = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
echo "$DBUS_SESSION_BUS_ADDRESS"
exec cat >/dev/null`;

/** Starts GNOME's keyring with what it keeps below a folder; answers the variables by which others find it. */
export async function startKeyring(folder: string): Promise<Readonly<Record<string, string>>> {
  const own = {
    XDG_DATA_HOME: path.join(folder, 'data'),
    XDG_RUNTIME_DIR: path.join(folder, 'run'),
    HOME: folder,
  };
  mkdirSync(own.XDG_RUNTIME_DIR, { mode: 0o700 });
  const session = spawn('dbus-run-session', ['--', 'sh', '-c', SESSION], {
    env: { PATH: process.env['PATH'], ...own },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise((done) => session.once('exit', done));
  onTestFinished(async () => {
    session.stdin.end();
    await ended;
  });
  for await (const line of createInterface(session.stdout)) return { DBUS_SESSION_BUS_ADDRESS: line };
  throw new Error('The session of the keyring did not start.');
}

/** Keeps secrets in files that are named by a checksum of their attributes. */
const PROGRAM = `#!/bin/sh
call=$1; shift
[ "$call" = store ] && shift
[ -e "$(dirname "$0")/locked" ] && { echo "secret-tool: Cannot prompt" >&2; exit 1; }
file=$(dirname "$0")/kept-$(echo "$*" | cksum | cut -d' ' -f1)
case $call in
  store) cat > "$file";;
  lookup) [ -e "$file" ] && cat "$file";;
  clear) rm "$file";;
esac
`;

/** Writes that program into a folder; answers variables for who is to use it. A file `locked` there locks it. */
export function fakeKeyring(folder: string): Readonly<Record<string, string>> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'secret-tool'), PROGRAM, { mode: 0o755 });
  const PATH = [folder, process.env['PATH']].join(path.delimiter);
  return { PATH, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
}
