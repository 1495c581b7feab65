/** Steps as records: what a step was like when it was set up, with a copy of its script. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Change, Found, Props, ResourceKind, Value } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { hasCode } from '../../../errors.ts';
import type { Step } from '../../../workflow/model.ts';
import { readScript } from '../../script.ts';
import { type LocalHome, makeHome, stepFileName, writeWhole } from '../home.ts';
import { requireUnlocked } from '../lock.ts';

/** `script` and `payload` are hashes of content; everything is plain data without secrets. */
export type StepProps = {
  readonly step: string;
  readonly provider: string;
  readonly mode: string;
  readonly image?: string | undefined;
  readonly script?: string | undefined;
  readonly payload?: string | undefined;
  /** `FILE_SYSTEM at PATH`. */
  readonly mounts?: readonly string[] | undefined;
  /** `STORE://BUCKET/PREFIX`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly {
    readonly folder: string;
    readonly prefixes: readonly string[];
    readonly suffixes: readonly string[];
  }[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names. */
  readonly secrets: readonly string[];
  readonly limits: Readonly<Record<string, number | undefined>>;
};

/** `record`: the whole of it. */
const RULES: Rules<StepProps> = {
  step: IDENTITY,
  provider: { by: 'record' },
  mode: { by: 'record' },
  image: { by: 'record' },
  script: { by: 'record' },
  payload: { by: 'record' },
  mounts: { by: 'record' },
  inputs: { by: 'record' },
  outputs: { by: 'record' },
  environment: { by: 'record' },
  secrets: { by: 'record' },
  limits: { by: 'record' },
};

/** The id of a step's resource. */
export function stepResourceId(workflow: string, step: string): string {
  return `local/${workflow}/step/${step}`;
}

/** The copy of a step's script. */
export function scriptPath(home: LocalHome, step: string): string {
  return join(home.scripts, stepFileName(step));
}

/** The copy of the further files of a step: a folder. */
export function payloadPath(home: LocalHome, step: string): string {
  return join(home.payloads, stepFileName(step));
}

/** `steps` say where content comes from: it is copied, so that a run is not disturbed by an editor. */
export function stepKind(
  home: LocalHome,
  steps: ReadonlyMap<string, Pick<Step, 'script' | 'payload'>>,
): ResourceKind<StepProps, StepProps> {
  const pathOf = (step: string) => join(home.steps, `${stepFileName(step)}.json`);
  return {
    title: 'step',
    rank: 1,
    async read({ step }) {
      const attrs = readRecord(pathOf(step));
      return attrs && { owned: true, attrs: asCopied(attrs, home) };
    },
    rules: RULES,
    changes: (props, attrs) => differences(props, attrs),
    async reconcile(props) {
      makeHome(home);
      mkdirSync(home.steps, { recursive: true });
      mkdirSync(home.scripts, { recursive: true });
      const { script, payload } = steps.get(props.step) ?? {};
      rmSync(payloadPath(home, props.step), { recursive: true, force: true });
      if (payload) copyPayload(payload, payloadPath(home, props.step));
      if (script) copyScript(script, scriptPath(home, props.step));
      writeWhole(pathOf(props.step), JSON.stringify(props));
      return props;
    },
    async delete({ step }) {
      requireUnlocked(home);
      rmSync(scriptPath(home, step), { force: true });
      rmSync(payloadPath(home, step), { recursive: true, force: true });
      rmSync(pathOf(step), { force: true });
      return undefined;
    },
    async list(workflow) {
      return listRecords(home).map((attrs): Found<StepProps> => {
        return { id: stepResourceId(workflow, attrs.step), step: attrs.step, attrs };
      });
    },
  };
}

/** The records of all steps that are set up. */
export function listRecords(home: LocalHome): readonly StepProps[] {
  try {
    const files = readdirSync(home.steps)
      .filter((name) => name.endsWith('.json'))
      .sort();
    return files.flatMap((name) => readRecord(join(home.steps, name)) ?? []);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}

/** A record that cannot be read is as good as none: `reconcile` writes it anew. */
function readRecord(path: string): StepProps | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StepProps;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT') || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function differences(props: Props, attrs: Props): readonly Change[] {
  const keys = [...new Set([...Object.keys(props), ...Object.keys(attrs)])];
  return keys.flatMap((path) => {
    const [before, after]: [Value, Value] = [attrs[path], props[path]];
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  });
}

/** The hash of a script's content. */
export function scriptHash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The record with what would really run: somebody may have changed or removed the copies. */
function asCopied({ script: _recorded, payload, ...rest }: StepProps, home: LocalHome): StepProps {
  const isThere = payload !== undefined && existsSync(payloadPath(home, rest.step));
  const copied = { ...rest, ...(isThere && { payload }) };
  try {
    return { ...copied, script: scriptHash(readFileSync(scriptPath(home, rest.step))) };
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return copied;
    throw thrown;
  }
}

/** Copies a folder, or a file into a folder of its own. A copy that was interrupted is none. */
function copyPayload({ path }: NonNullable<Step['payload']>, target: string): void {
  const part = `${target}.part`;
  const remove = () => rmSync(part, { recursive: true, force: true });
  remove();
  try {
    const to = statSync(path).isDirectory() ? part : join(part, basename(path));
    mkdirSync(part, { recursive: true });
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
    openForReading(part);
    renameSync(part, target);
  } catch (thrown) {
    // On a full disk nothing may stay of it.
    remove();
    throw thrown;
  }
}

/** Whoever an image runs as must be able to read it, as in the images that are made for clouds. */
function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openForReading(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}

/**
 * Puts a new file in place of the old one: a shell that runs that reads it bit by bit. Whoever an image runs as must be able to
 * read it.
 */
function copyScript(script: NonNullable<Step['script']>, target: string): void {
  writeWhole(target, readScript(script), 0o755);
}
