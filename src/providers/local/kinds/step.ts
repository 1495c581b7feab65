/** Steps as records: what a step was like when it was set up, with a copy of its script. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Change, Found, Props, ResourceKind, Value } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { FdlError, hasCode } from '../../../errors.ts';
import type { Script } from '../../../workflow/model.ts';
import { type LocalHome, makeHome, stepFileName, writeWhole } from '../home.ts';
import { requireUnlocked } from '../lock.ts';

/** `script` is the hash of the script's content; everything is plain data without secrets. */
export type StepProps = {
  readonly step: string;
  readonly provider: string;
  readonly mode: string;
  readonly image?: string | undefined;
  readonly script?: string | undefined;
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

/** `scripts` are where the content comes from: it is copied, so that a run is not disturbed by an editor. */
export function stepKind(
  home: LocalHome,
  scripts: ReadonlyMap<string, Script>,
): ResourceKind<StepProps, StepProps> {
  const pathOf = (step: string) => join(home.steps, `${stepFileName(step)}.json`);
  return {
    title: 'step',
    rank: 1,
    async read({ step }) {
      const attrs = readRecord(pathOf(step));
      return attrs && { owned: true, attrs: asCopied(attrs, scriptPath(home, step)) };
    },
    rules: RULES,
    changes: (props, attrs) => differences(props, attrs),
    async reconcile(props) {
      makeHome(home);
      mkdirSync(home.steps, { recursive: true });
      mkdirSync(home.scripts, { recursive: true });
      const script = scripts.get(props.step);
      if (script) copyScript(script, scriptPath(home, props.step));
      writeWhole(pathOf(props.step), JSON.stringify(props));
      return props;
    },
    async delete({ step }) {
      requireUnlocked(home);
      rmSync(scriptPath(home, step), { force: true });
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

/** The record with what would really run: somebody may have changed or removed the copy of the script. */
function asCopied({ script: _recorded, ...rest }: StepProps, copy: string): StepProps {
  try {
    return { ...rest, script: scriptHash(readFileSync(copy)) };
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return rest;
    throw thrown;
  }
}

/** Puts a new file in place of the old one: a shell that runs that reads it bit by bit. */
function copyScript(script: Script, target: string): void {
  const part = `${target}.part`;
  if (script.kind === 'inline') writeFileSync(part, script.text);
  else
    try {
      copyFileSync(script.path, part);
    } catch (cause) {
      const hint = 'Check that the script exists and can be read.';
      throw new FdlError('script-unreadable', `the script ${script.path} cannot be copied`, { hint, cause });
    }
  // Whoever an image runs as must be able to read it.
  chmodSync(part, 0o755);
  renameSync(part, target);
}
