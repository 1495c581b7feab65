/** File → workflow with everything there is to say about it: what every command starts with. */
import { readFile } from 'node:fs/promises';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { type Diagnostic, hasErrors, inOrder, limited, strict } from '../fdl/diagnostic.ts';
import { type Document, loadDocument } from '../fdl/document.ts';
import type { Environment } from '../fdl/interpolate.ts';
import type { Language } from '../fdl/language.ts';
import type { Unset } from '../fdl/normalise.ts';
import type { GivenValues, ParameterValues } from '../fdl/parameters.ts';
import type { Source } from '../fdl/source.ts';
import type { Path } from '../fdl/tree.ts';
import { masker } from '../secret.ts';
import { meantUri } from '../storage/uri.ts';
import { checkWorkflow } from './checks/index.ts';
import type { Dialect } from './dialect.ts';
import type { Step, Workflow } from './model.ts';
import { resolveWorkflow } from './resolve.ts';

interface ReadOptions {
  readonly language: Language<Dialect>;
  readonly environment: Environment;
  /** Values of parameters; those of the others are their defaults. */
  readonly parameters?: GivenValues | undefined;
  readonly workingDirectory: string;
  /** What stands in the file, where there is none. */
  readonly text?: string | undefined;
  /** Instead of the file's own name. */
  readonly name?: string | undefined;
  /** Every warning is an error. */
  readonly strict?: boolean | undefined;
  /** Whether scripts must exist on this machine; they must, unless this says no. */
  readonly localFiles?: boolean | undefined;
}

export interface ReadFile {
  readonly file: string;
  /** Absent when the file has errors. */
  readonly workflow?: Workflow;
  readonly diagnostics: readonly Diagnostic[];
  /** For showing the lines that findings are about. */
  readonly source?: Source;
  /** Texts that no output may show. */
  readonly secrets: readonly string[];
  /** The values of its parameters. */
  readonly parameters: ParameterValues;
  /** References whose values are not known, but those that only scripts need. */
  readonly unset: readonly Unset[];
}

/**
 * Reads, validates and resolves one file. What is wrong with its content is in `diagnostics`.
 * @throws FdlError `file-not-found`, `file-unreadable`
 */
export async function readWorkflow(file: string, options: ReadOptions): Promise<ReadFile> {
  const { environment, language, parameters } = options;
  const loaded = loadDocument(file, await bytesOf(file, options), environment, language, parameters);
  const secrets = loaded.secrets ?? [];
  const { workflow, diagnostics } = loaded.document
    ? resolveChecked(loaded.document, loaded, options)
    : { diagnostics: loaded.diagnostics };
  const judged = limited(inOrder(options.strict ? strict(diagnostics) : diagnostics));
  return {
    file,
    ...(workflow && !hasErrors(judged) && { workflow }),
    diagnostics: masked(judged, [...secrets, ...(loaded.environmentValues ?? [])]),
    ...(loaded.source && { source: loaded.source }),
    secrets,
    parameters: loaded.document?.parameters ?? {},
    unset: (loaded.unset ?? []).filter(({ forScripts }) => !forScripts),
  };
}

function bytesOf(file: string, { text }: ReadOptions): Promise<Uint8Array> | Uint8Array {
  return text === undefined ? readBytes(file) : Buffer.from(text);
}

function resolveChecked(
  document: Document,
  { diagnostics: soFar, unset = [] }: ReturnType<typeof loadDocument>,
  options: ReadOptions,
) {
  const { dialects } = options.language;
  const { workflow, diagnostics, paths } = resolveWorkflow(document, {
    name: options.name,
    workingDirectory: options.workingDirectory,
    localFiles: options.localFiles !== false,
    dialects,
  });
  const at = (step: Step, ...fields: Path) => document.place([...(paths.get(step.id) ?? []), ...fields]);
  const checked = checkWorkflow({ workflow, at }, dialects);
  const told = [...diagnostics, ...checked].filter((each) => !unset.some((one) => isOf(each, one)));
  return { workflow, diagnostics: [...soFar, ...told] };
}

/** Whether a finding is about a value that is not known, and takes its reference for the value. */
function isOf({ message, place }: Diagnostic, { reference, place: at }: Unset): boolean {
  return message.includes(reference) || (place.line === at.line && place.column === at.column);
}

/** A finding may quote a public field that has the value of a secret one. */
function masked(diagnostics: readonly Diagnostic[], secrets: readonly string[]): readonly Diagnostic[] {
  const mask = masker(secrets);
  return diagnostics.map((each) => ({
    ...each,
    message: mask(each.message),
    ...(each.hint !== undefined && { hint: mask(each.hint) }),
  }));
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const options = { exitCode: 2, place: { file, line: 1, column: 1 }, cause } as const;
    if (hasCode(cause, 'ENOENT')) {
      const uri = meantUri(file);
      const hint = uri ? `Did you mean ${uri}?` : 'Check the path, or let `fdl init` write a workflow.';
      throw new FdlError('file-not-found', `there is no file ${file}`, { ...options, hint });
    }
    if (hasCode(cause, 'EISDIR')) {
      const hint = `Name the FDL file in it, such as ${file.replace(/\/+$/, '')}/workflow.yaml.`;
      throw new FdlError('file-unreadable', `${file} is a folder`, { ...options, hint });
    }
    throw new FdlError('file-unreadable', `${file} cannot be read: ${messageOf(cause)}`, options);
  }
}

/** Whether a finding is the file's: what this command line lacks, whoever deploys may have. */
export function isOfFile({ severity, code }: Diagnostic): boolean {
  return severity === 'error' || (code !== 'unset-variable' && code !== 'missing-parameter');
}

/** Those of the findings that stand in the way which are the file's. */
export function faultsOfFile(
  diagnostics: readonly Diagnostic[],
  where: 'cloud' | 'local',
): readonly Diagnostic[] {
  return blocking(diagnostics.filter(isOfFile), where);
}

/** Whether a finding is of interest to somebody who runs the steps there: what keeps a step from elsewhere is of none. */
export function matters({ severity, blocks }: Diagnostic, where: 'cloud' | 'local'): boolean {
  const elsewhere = where === 'cloud' ? 'local' : 'cloud';
  return blocks !== elsewhere || (severity === 'error' && where === 'local');
}

/** The findings that stand in the way of running the steps: on a cloud, or on this machine. */
export function blocking(
  diagnostics: readonly Diagnostic[],
  where: 'cloud' | 'local',
): readonly Diagnostic[] {
  return diagnostics
    .filter(({ severity, blocks }) => severity === 'error' || blocks === 'any' || blocks === where)
    .map((diagnostic) => ({ ...diagnostic, severity: 'error' as const }));
}
