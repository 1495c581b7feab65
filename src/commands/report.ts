/** `fdl report`: what ran, as a page for people. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ErrorDetail } from '../deploy/action.ts';
import { errorDetail } from '../deploy/outcome.ts';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { countOf } from '../terminal/amount.ts';
import { VERSION } from '../version.ts';
import type { RunReport } from '../workflow/report.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly output?: string;
  readonly since?: string;
  readonly prices?: string;
}

/** Where the page goes unless something else is said. */
const PAGE = 'report.html';
const STDOUT = '-';

/** What `--json` prints. */
export interface ReportDocument extends RunReport {
  /** Absolute path of the file that was written. */
  readonly file?: string;
  readonly unreached: readonly { readonly error: ErrorDetail }[];
}

/** With `--json`, only a file that is named is written. */
export const run: Handler = async (context, [given], options: Options) => {
  const { terminal, workingDirectory } = context;
  const session = await openSession(context, fileOf(context, given), options, 'look');
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const unreached: { readonly error: ErrorDetail }[] = [];
  const missed = (thrown: unknown) =>
    void unreached.push({ error: errorDetail(thrown, terminal.mask, 'read-failed') });
  const told = masked(await session.report({ since, missed }), terminal.mask);
  const cost = await session.cost(told.invocations, options);
  const isCharged = cost.items.length > 0;
  const report = { ...told, ...(isCharged && { cost }) };
  for (const message of new Set(unreached.map(({ error }) => error.message)))
    terminal.note(`${terminal.noteStyle('yellow', '!')} ${message}`);
  const { output = terminal.json ? undefined : PAGE } = options;
  const page = async () => (await import('../report/page.ts')).reportPage(report, session.workflow, VERSION);
  const isFile = output !== undefined && output !== STDOUT;
  const file = isFile ? resolve(workingDirectory, output) : undefined;
  if (file !== undefined) write(file, await page());
  if (terminal.json) terminal.data({ ...report, ...(file !== undefined && { file }), unreached });
  else if (file === undefined) terminal.out((await page()).trimEnd());
  else terminal.out(`Wrote ${file}: ${countOf(report.invocations.length, 'invocation')}.`);
  return 0;
};

/** What scripts wrote, and why they failed, may name what nobody is to see. */
function masked(report: RunReport, mask: (text: string) => string): RunReport {
  const failures = report.failures.map((each) => {
    const lastLines = each.lastLines.map(mask);
    return { ...each, ...(each.reason !== undefined && { reason: mask(each.reason) }), lastLines };
  });
  return { ...report, failures };
}

/**
 * Writes a page, also over an older one.
 * @throws FdlError `file-exists`: another file lies there; `file-unwritable`
 */
function write(file: string, page: string): void {
  try {
    if (isOther(file)) {
      const hint = 'Name another file with --output, or remove that one.';
      throw new FdlError('file-exists', `${file} is there already, and no report`, { hint, exitCode: 2 });
    }
    writeFileSync(file, page);
  } catch (cause) {
    if (cause instanceof FdlError) throw cause;
    const message = `${file} cannot be written: ${messageOf(cause)}`;
    throw new FdlError('file-unwritable', message, { exitCode: 2, cause });
  }
}

/** Whether something lies there that this command did not write. */
function isOther(file: string): boolean {
  try {
    return !readFileSync(file, 'utf8').slice(0, 1000).includes('name="generator" content="fdl report');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}
