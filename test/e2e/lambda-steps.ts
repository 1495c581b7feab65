/** Functions for an image that has nothing but busybox. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { objectTask } from '../../src/supervisor/task.ts';
import type { Invoked } from '../standins/lambda-host.ts';

/** What each function runs. */
const SCRIPTS = {
  upper: `
    tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(id -u)-\${INPUT_FILE_PATH##*/}"
    if echo x > /written 2>/dev/null; then exit 9; fi`,
  messy: `
    echo "files: $(ls -A /tmp | wc -l)"
    echo "processes: $(cat /proc/[0-9]*/comm | tr '\\n' ' ')"
    echo x > /tmp/cache; mkdir /tmp/folder; echo x > "$TMP_OUTPUT_DIR/unused"
    busybox setsid sleep 300 > /dev/null 2>&1 &
    sleep 300 &`,
  picky: 'echo "looking at $STORAGE_OBJECT_KEY"; test "$(cat "$INPUT_FILE_PATH")" = good || exit 7',
  slow: 'echo begun; sleep 60',
  frozen: 'busybox grep -q go "$INPUT_FILE_PATH" || kill -STOP $PPID',
  shout: 'tr a-z A-Z < "$INPUT_FILE_PATH"',
  homely: 'echo x > ~/.rc && mkdir -p "$HOME/.cache/tool" && echo "$HOME"',
  chatty: 'busybox head -c 5000000 /dev/zero',
  greedy: 'echo begun; busybox dd if=/dev/zero of=/dev/null bs=600M count=1 2>&1; echo "dd: $?"; exit 3',
} as const;

/** Puts all functions into the root of an image, each at `/opt/fdl/steps/NAME`. */
export function addSteps(root: string): void {
  for (const [name, script] of Object.entries(SCRIPTS)) addStep(root, name, script);
}

/** Steps other than `upper` have no outputs. */
function addStep(root: string, name: string, script: string): void {
  const at = path.join(root, 'opt/fdl/steps', name);
  mkdirSync(at, { recursive: true });
  const output = { store: 's3.default', bucket: 'outgoing', prefix: name, prefixes: [], suffixes: [] };
  const config: StepConfig = {
    workflow: 'w',
    step: name,
    script: 'script.sh',
    inputs: [{ store: 's3.default', bucket: 'incoming', prefix: '' }],
    outputs: name === 'upper' ? [output] : [],
    environment: {},
    stores: [],
  };
  writeFileSync(path.join(at, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(at, 'script.sh'), script);
}

/** The event of a new object in the bucket `incoming`. */
export function eventFor(key: string): unknown {
  const time = '2026-01-01T00:00:00Z';
  const object = {
    store: 's3.default',
    kind: 's3',
    bucket: 'incoming',
    key,
    size: 5,
    etag: 'x',
    time,
  } as const;
  return JSON.parse(objectTask(object).event);
}

/** What a function answered, parsed. */
export function payloadOf(answer: Invoked) {
  if (answer.status === 'failed') throw new Error(`${answer.error.errorMessage}\n${answer.logs}`);
  return JSON.parse(answer.payload);
}

/** The content of what a function answered. */
export function bodyOf(answer: Invoked): string {
  return Buffer.from(payloadOf(answer).body, 'base64').toString();
}
