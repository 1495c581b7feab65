/** What is to be said about a file: errors and warnings with their places. */
import type { Place } from '../errors.ts';
import { FdlError } from '../errors.ts';
import { withoutCredentials } from '../secret.ts';

/**
 * Which work a finding stands in the way of: `cloud` of deploying to a cloud, `local` of running on this machine, `any` of
 * both. `validate` only warns of these; `plan` and `apply` refuse the steps concerned.
 */
export type Blocks = 'cloud' | 'local' | 'any';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable, for scripts. */
  readonly code: string;
  readonly message: string;
  /** What to change. */
  readonly hint?: string;
  readonly place: Place;
  readonly blocks?: Blocks;
  /** Whoever reviews the file may want to know; nobody has to act on it, so only `validate` shows it. */
  readonly isRemark?: boolean;
  /** Id of the step it concerns; absent where it concerns the file. */
  readonly step?: string;
}

/** More findings than these tell nobody more. */
export const MAX_FINDINGS = 200;

/** Characters that are not seen, or that move what is seen: of a terminal, of right-to-left text, without width. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Characters of a message; what it quotes may be longer. */
const LONGEST = 400;

interface DiagnosticDetails {
  readonly hint?: string | undefined;
  readonly blocks?: Blocks;
  readonly isRemark?: boolean;
  readonly step?: string | undefined;
}

/** The file cannot be read as FDL. */
export function error(
  code: string,
  message: string,
  place: Place,
  details: DiagnosticDetails = {},
): Diagnostic {
  return { severity: 'error', code, message: printable(message), place, ...given(details) };
}

/** The file can be read, but something in it has no effect, or keeps it from being deployed (`blocks`). */
export function warning(
  code: string,
  message: string,
  place: Place,
  details: DiagnosticDetails = {},
): Diagnostic {
  return { severity: 'warning', code, message: printable(message), place, ...given(details) };
}

function given(details: DiagnosticDetails): Pick<Diagnostic, 'hint' | 'blocks' | 'isRemark' | 'step'> {
  return {
    ...(details.hint !== undefined && { hint: printable(details.hint) }),
    ...(details.blocks && { blocks: details.blocks }),
    ...(details.isRemark && { isRemark: true }),
    ...(details.step !== undefined && { step: details.step }),
  };
}

/** On one line and of bounded length, whatever the file says. */
function printable(text: string): string {
  const code = (found: string) => (found === '\n' ? '\\n' : `\\u{${found.codePointAt(0)?.toString(16)}}`);
  const escaped = withoutCredentials(text).replace(UNPRINTABLE, code);
  const half = LONGEST / 2;
  return escaped.length <= LONGEST ? escaped : `${escaped.slice(0, half)}…${escaped.slice(-half)}`;
}

/** Every warning as an error, but for what nobody has to act on. */
export function strict(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.map((each) => (each.isRemark ? each : { ...each, severity: 'error' }));
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** In the order of the file; of equal findings at one place, one. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = [...diagnostics].sort(
    (a, b) => a.place.line - b.place.line || a.place.column - b.place.column || a.code.localeCompare(b.code),
  );
  const seen = new Set<string>();
  return sorted.filter(({ place, code, message }) => {
    const key = `${place.line}:${place.column}:${code}:${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** The gravest findings, in their order, and one that says that there are more. */
export function limited(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MAX_FINDINGS) return diagnostics;
  const gravest = [...diagnostics].sort((a, b) => gravity(b) - gravity(a));
  const shown = new Set(gravest.slice(0, MAX_FINDINGS));
  const [next] = gravest.slice(MAX_FINDINGS);
  if (!next) return diagnostics;
  const { severity, place, blocks } = next;
  const message = `there are more findings than these ${MAX_FINDINGS}`;
  const more: Diagnostic = { severity, code: 'more-findings', message, place, ...(blocks && { blocks }) };
  return [...diagnostics.filter((each) => shown.has(each)), more];
}

function gravity({ severity, blocks }: Diagnostic): number {
  if (severity === 'error') return 3;
  return blocks === undefined ? 0 : { local: 1, cloud: 1, any: 2 }[blocks];
}

/** An error about a file that could not be read at all, as a diagnostic. */
export function fromError(thrown: unknown, file: string): Diagnostic {
  if (!(thrown instanceof FdlError)) throw thrown;
  return error(thrown.code, thrown.message, thrown.place ?? { file, line: 1, column: 1 }, {
    hint: thrown.hint,
  });
}

/** A finding as one flat object. */
export function diagnosticJson({ severity, code, message, hint, place, step, blocks }: Diagnostic) {
  const { file, line, column } = place;
  return { severity, code, message, hint, file, line, column, step, blocks };
}
