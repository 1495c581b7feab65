/** `fdl report`: what ran, as a page for people or as an RO-Crate. */
import { resolve } from 'node:path';
import type { ErrorDetail } from '../deploy/action.ts';
import { errorDetail } from '../deploy/outcome.ts';
import { countOf } from '../terminal/amount.ts';
import { VERSION } from '../version.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { RunReport } from '../workflow/report.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly output?: string;
  readonly since?: string;
  readonly prices?: string;
  readonly format?: 'html' | 'ro-crate';
  readonly license?: string;
}

/** Where it goes unless something else is said. */
const PLACES = { html: 'report.html', 'ro-crate': 'ro-crate' } as const;
const STDOUT = '-';
/** A crate must say something (Workflow RO-Crate 1.0). */
const NO_LICENSE = 'No license is stated.';

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
  const { format = 'html', license = NO_LICENSE } = options;
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const unreached: { readonly error: ErrorDetail }[] = [];
  const missed = (thrown: unknown) =>
    void unreached.push({ error: errorDetail(thrown, terminal.mask, 'read-failed') });
  const found = masked(await session.report({ since, missed }), terminal.mask);
  const cost = await session.cost(found.invocations, options);
  const report = { ...found, ...(cost.items.length > 0 && { cost }) };
  for (const message of new Set(unreached.map(({ error }) => error.message)))
    terminal.note(`${terminal.noteStyle('yellow', '!')} ${message}`);
  const { output = terminal.json ? undefined : PLACES[format] } = options;
  const file = output === undefined || output === STDOUT ? undefined : resolve(workingDirectory, output);
  if (terminal.json && file === undefined) {
    terminal.data({ ...report, unreached });
    return 0;
  }
  const { workflow } = session;
  const { reportPage } = await import('../report/page.ts');
  const page = reportPage(report, workflow, VERSION);
  const files = await import('./report-files.ts');
  if (format === 'html') {
    if (file === undefined) terminal.out(page.trimEnd());
    else files.writePage(file, page);
  } else {
    const crate = files.crateFiles({ report, workflow, license, page, mask: terminal.mask });
    if (file === undefined) terminal.out((crate.get(files.METADATA) ?? '').trimEnd());
    else files.writeCrate(file, crate);
  }
  if (terminal.json) terminal.data({ ...report, file, unreached });
  else if (file !== undefined)
    terminal.out(`Wrote ${file}: ${countOf(report.invocations.length, 'invocation')}.`);
  return 0;
};

/** What scripts wrote, and why they failed, may name what nobody is to see. */
function masked(report: RunReport, mask: (text: string) => string): RunReport {
  const hidden = <T extends Invocation>(each: T): T =>
    each.reason === undefined ? each : { ...each, reason: mask(each.reason) };
  return {
    ...report,
    invocations: report.invocations.map(hidden),
    failures: report.failures.map((each) => ({ ...hidden(each), lastLines: each.lastLines.map(mask) })),
  };
}
