/** Runs scripts in containers. The supervisor stays outside; the folders of the task are mounted under their own path. */

import { randomBytes } from 'node:crypto';
import { MachineError } from '../../errors.ts';
import { NOT_FOUND } from '../../supervisor/interpreter.ts';
import { runMeasured } from '../../supervisor/process-runner.ts';
import type { Exit, Runner, RunSpec } from '../../supervisor/script.ts';
import {
  asideFromEngine,
  type ContainerSettings,
  missingIn,
  runArguments,
  startedLine,
} from './container-command.ts';
import { monitorOf } from './container-process.ts';
import { callEngine, type Engine, requireEngine } from './engine.ts';
import { openToAll, reclaim, share } from './ownership.ts';

/** Engines end with this code when they themselves failed; scripts may end with it, too. */
const ENGINE_FAILED = 125;
/** What shells make of SIGKILL: a container that ran out of memory ends so. */
const KILLED = 137;

/** A runner for one step. */
export function containerRunner(settings: ContainerSettings): Runner {
  return async (spec) => {
    const name = `fdl-${randomBytes(8).toString('hex')}`;
    for (const folder of spec.folders) openToAll(folder);
    const heard = listen(name, spec);
    try {
      const ran = {
        ...spec,
        command: { kind: 'argv', argv: runArguments(name, spec, settings) },
        env: { ...present(settings.environment), ...asideFromEngine(spec.env) },
        // The engine passes the polite signal on; it needs a moment more than the script to end by itself.
        graceMs: spec.graceMs + 1000,
        // podman's monitor leaves a file where it was started, when memory runs out.
        cwd: spec.folders[0],
        onLine: heard.onLine,
      } as const;
      const exit = await runMeasured(ran, monitorOf(name));
      if (exit.code === ENGINE_FAILED) await requireEngine(settings.engine);
      // The shell of a command that came with a call says nothing, since there may be none.
      const neverRan = spec.command.kind === 'script' && !heard.started && exit.code !== 0;
      if (neverRan && !spec.signal?.aborted) throw notStarted(settings, heard.complaint ?? endOf(exit));
      const missing = exit.code === NOT_FOUND ? missingIn(heard.last) : undefined;
      if (missing !== undefined) return { ...exit, missing };
      return exit.code === KILLED ? killed(exit) : exit;
    } catch (thrown) {
      // Where even its program is gone, that is why nothing starts.
      if (!(thrown instanceof MachineError)) await requireEngine(settings.engine);
      throw thrown;
    } finally {
      if (spec.signal?.aborted) await removeContainer(settings.engine, name);
      await ownFiles(spec.folders, settings).catch(async (thrown) => {
        await requireEngine(settings.engine);
        throw thrown;
      });
    }
  };
}

interface Heard {
  readonly onLine: RunSpec['onLine'];
  /** The shell in the container began. */
  readonly started: boolean;
  /** The last line of the standard error. */
  readonly last: string;
  /** What it says that went wrong. Docker writes below it where to find help. */
  readonly complaint?: string;
}

/** Passes on what a container writes, but for the lines that are for this program. */
function listen(name: string, { onLine }: RunSpec): Heard {
  const started = startedLine(name);
  const heard: { -readonly [Key in keyof Heard]: Heard[Key] } = {
    started: false,
    last: '',
    onLine(stream, line) {
      if (stream !== 'stderr') return onLine(stream, line);
      if (line === started) heard.started = true;
      else {
        if (isComplaint(line) || !isComplaint(heard.complaint)) heard.complaint = line;
        heard.last = line;
        if (missingIn(line) === undefined) onLine(stream, line);
      }
    },
  };
  return heard;
}

function present(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

function killed({ stdout, stdoutCut }: Exit): Exit {
  return { signal: 'SIGKILL', ...(stdout && { stdout }), ...(stdoutCut && { stdoutCut }) };
}

function isComplaint(line: string = ''): boolean {
  return /^(Error|docker):/.test(line);
}

function endOf({ code, signal }: Exit): string {
  return signal === undefined ? `it ended with exit code ${code}` : `it was ended by the signal ${signal}`;
}

/** The script never began: it is not what failed. */
function notStarted({ engine, image }: ContainerSettings, line: string): MachineError {
  return new MachineError('engine-failed', `${engine.name} could not run ${image}: ${line}`, {
    hint: 'Mend what it says, or run without containers: --engine host.',
  });
}

/** What a container wrote belongs to whoever runs this program; file systems are for all that mount them. */
async function ownFiles(folders: readonly string[], settings: ContainerSettings): Promise<void> {
  await reclaim(folders, settings);
  for (const { source } of settings.mounts) await share(source, settings);
}

/** Ends a container for good; one that is gone is fine. */
async function removeContainer(engine: Engine, name: string): Promise<void> {
  await callEngine(engine, ['rm', '--force', '--volumes', name]).catch(() => {});
}

/** Ends containers that a killed process has left behind. */
export async function removeLeftovers(engine: Engine, label: string): Promise<void> {
  const found = await callEngine(engine, ['ps', '--all', '--quiet', '--filter', `label=${label}`]);
  const ids = found.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await callEngine(engine, ['rm', '--force', '--volumes', ...ids]).catch(() => {});
}
