/** Small workflows in folders of their own. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Line } from '../../src/providers/local/journal.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';

export interface StepText {
  readonly name: string;
  /** Body of a `sh` script, unless it starts with `#!`. */
  readonly script: string;
  /** Bucket and folder. */
  readonly input?: string;
  readonly outputs?: readonly (string | Output)[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly image?: string;
  /** Further fields of `lambda`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

interface Output {
  readonly path: string;
  readonly prefix?: readonly string[];
  readonly suffix?: readonly string[];
}

/** The FDL text of a workflow on AWS; as JSON, which is YAML too. */
export function workflowText(steps: readonly StepText[], more: object = {}): string {
  return JSON.stringify(
    { functions: { aws: steps.map((step) => ({ lambda: lambda(step) })) }, ...more },
    null,
    1,
  );
}

function lambda({ name, script, input, outputs, variables, image = 'busybox:1', more }: StepText): object {
  return {
    name,
    container: { image, ...(variables && { environment: { Variables: variables } }) },
    init_script: script.startsWith('#!') ? script : `#!/bin/sh\n${script}\n`,
    ...(input && { input: [{ storage_provider: 's3', path: input }] }),
    ...(outputs && {
      output: outputs.map((output) => {
        return { storage_provider: 's3', ...(typeof output === 'string' ? { path: output } : output) };
      }),
    }),
    ...more,
  };
}

/** A step that copies its input, in capitals. */
export const UPPER: StepText = {
  name: 'upper',
  input: 'shop/in',
  outputs: ['shop/upper'],
  script: 'tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"',
};

/** Behind `UPPER`: puts the number of bytes in front. */
export const COUNT: StepText = {
  name: 'count',
  input: 'shop/upper',
  outputs: ['shop/out'],
  script:
    '{ wc -c < "$INPUT_FILE_PATH"; cat "$INPUT_FILE_PATH"; } > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"',
};

export type Files = Readonly<Record<string, string | Buffer>>;

/** A new folder `shop` with these files, which goes when the test ends. */
export function project(files: Files): string {
  const above = mkdtempSync(path.join(tmpdir(), 'fdl-e2e-'));
  onTestFinished(() => rmSync(above, { recursive: true, force: true }));
  const folder = path.join(above, 'shop');
  write(folder, files);
  return folder;
}

/** Writes files below a folder, and the folders they need. */
export function write(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (name.endsWith('.sh')) chmodSync(file, 0o755);
  }
}

/** A project with `workflow.yaml` and input files below `in/`. */
export function shop(steps: readonly StepText[], inputs: Files, more: object = {}): string {
  const below = Object.entries(inputs).map(([name, content]) => [`in/${name}`, content]);
  return project({ 'workflow.yaml': workflowText(steps, more), ...Object.fromEntries(below) });
}

/** Names of all files below a folder, with their folders, in order; empty where there is none. */
export function filesBelow(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
  } catch {
    return [];
  }
}

/** The journal of a project. */
export function journalOf(folder: string): readonly Line[] {
  const file = path.join(folder, '.fdl/shop/journal.ndjson');
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

/** The invocations that ended, in that order. */
export function endedOf(folder: string): readonly Invocation[] {
  return journalOf(folder).flatMap((line) => (line.type === 'ended' ? [line.invocation] : []));
}

/** Where a file of the store is. */
export function stored(folder: string, name: string): string {
  return path.join(folder, '.fdl/shop/buckets/s3.default', name);
}

/**
 * What a command wrote, without what it says where nothing starts for some time, and how far it is from time to time: a busy
 * machine may take so long.
 */
export function withoutProgress(text: string): string {
  return text.replace(/^(nothing has started yet: .*|.*\d+ done, \d+ running, .*)\n/gm, '');
}
