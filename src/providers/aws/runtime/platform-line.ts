/**
 * What AWS Lambda itself writes between the lines of a function, as text or as JSON
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html). Pure.
 */

import { asNumber, asObject, asText, type JsonObject, parseJson } from '../../../json.ts';
import type { Billed } from '../../../workflow/invocation.ts';

/** How AWS Lambda ended a request that could not end by itself. */
export interface PlatformFailure {
  readonly status: 'failed' | 'timed-out';
  /** As a sentence without a stop. */
  readonly reason: string;
  /** It says the cause rather than a symptom: more so than other lines about the same request. */
  readonly precise: boolean;
}

/** What a report says that a request is charged for. */
export interface Bill extends Billed {
  readonly requestId: string;
}

type PlatformLine = Said & { readonly bill?: Bill };

type Said =
  | { readonly kind: 'start'; readonly requestId: string }
  /** `text`: a line to show; a report repeats what such a line has said. */
  | ({ readonly kind: 'failure'; readonly requestId: string; readonly text?: string } & PlatformFailure)
  | { readonly kind: 'init-failure'; readonly reason: string }
  /** Nothing that anybody would miss. */
  | { readonly kind: 'other' };

const OTHER: Said = { kind: 'other' };
const START = /^START RequestId: (\S+)/;
const REPORT = /^REPORT RequestId: (\S+)/;
const INIT_REPORT = /^INIT_REPORT\s/;
const ROUTINE =
  /^(END RequestId: |INIT_START |RESTORE_(START|REPORT) |(EXTENSION|TELEMETRY|LOGS)\t|XRAY TraceId: )/;
const TIMED_OUT = /^\S+Z (\S+) Task timed out after ([\d.]+) seconds/;
const CRASH = /^RequestId: (\S+) (?:Error: )?(.+)/s;
const LAUNCH = /^IMAGE\tLaunch error: (.+)/s;

/** Reads a line; nothing where a function wrote it. */
export function platformLine(message: string): PlatformLine | undefined {
  if (message.startsWith('{')) return jsonLine(message);
  const start = START.exec(message)?.[1];
  if (start !== undefined) return { kind: 'start', requestId: start };
  const reported = REPORT.exec(message)?.[1];
  if (reported !== undefined) return reportLine(reported, reportOf(message));
  if (INIT_REPORT.test(message)) return initLine(reportOf(message));
  return ROUTINE.test(message) ? OTHER : failureLine(message);
}

function failureLine(message: string): PlatformLine | undefined {
  const [, late, seconds = ''] = TIMED_OUT.exec(message) ?? [];
  if (late !== undefined) {
    return { kind: 'failure', requestId: late, text: message, ...timedOut(`${Number(seconds)} s`) };
  }
  const [, crashed, how = ''] = CRASH.exec(message) ?? [];
  if (crashed !== undefined) {
    const reason = `its process ended: ${how.split('\n')[0]?.trim()}`;
    return {
      kind: 'failure',
      requestId: crashed,
      text: message,
      status: 'failed',
      reason,
      precise: false,
    };
  }
  const launch = LAUNCH.exec(message)?.[1];
  return launch === undefined ? undefined : { kind: 'init-failure', reason: launch.replaceAll('\t', ' ') };
}

/** What a report says of a request or of a start. */
interface ReportFields {
  readonly status?: string | undefined;
  readonly errorType?: string | undefined;
  /** Milliseconds. */
  readonly billed?: number | undefined;
  /** MB. */
  readonly memory?: number | undefined;
  readonly memoryUsed?: number | undefined;
}

function reportOf(message: string): ReportFields {
  const number = (name: string, unit = 'MB') =>
    asNumber(Number(new RegExp(`\\b${name}: (\\d+) ${unit}`).exec(message)?.[1]));
  return {
    status: /\tStatus: (\w+)/.exec(message)?.[1],
    errorType: /\tError Type: (\S+)/.exec(message)?.[1],
    billed: number('Billed Duration', 'ms'),
    memory: number('Memory Size'),
    memoryUsed: number('Max Memory Used'),
  };
}

function reportLine(requestId: string, fields: ReportFields): PlatformLine {
  const { billed, memory } = fields;
  const said = howItEnded(requestId, fields);
  if (billed === undefined || memory === undefined) return said;
  return { ...said, bill: { requestId, milliseconds: billed, memoryMib: memory, requests: 1 } };
}

function howItEnded(requestId: string, { status, errorType, memory, memoryUsed }: ReportFields): Said {
  if (status === 'timeout') return { kind: 'failure', requestId, ...timedOut() };
  if (status !== 'error' && status !== 'failure') return OTHER;
  const isFull = memory !== undefined && memoryUsed !== undefined && memoryUsed >= memory;
  const isKilled = errorType === 'Runtime.OutOfMemory' || (errorType === 'Runtime.ExitError' && isFull);
  const limit = memory === undefined ? '' : ` (${memory} MB)`;
  const reason = isKilled
    ? `it ran out of the memory of its function${limit}`
    : `${/^(Runtime|Sandbox)\./.test(errorType ?? '') ? 'AWS Lambda ended it' : 'it failed'}: ${errorType ?? 'error'}`;
  return { kind: 'failure', requestId, status: 'failed', reason, precise: isKilled };
}

function timedOut(after?: string): PlatformFailure {
  const limit =
    after === undefined ? 'the timeout of its function' : `the timeout of its function (${after})`;
  return { status: 'timed-out', reason: `it did not end within ${limit}`, precise: after !== undefined };
}

/** A start that takes too long is begun again with the first request: no failure yet. */
function initLine({ status, errorType }: ReportFields): PlatformLine {
  return status === 'error' ? { kind: 'init-failure', reason: errorType ?? 'error' } : OTHER;
}

function jsonLine(message: string): PlatformLine | undefined {
  if (!message.includes('"platform.')) return undefined;
  const line = asObject(parseJson(message)?.value);
  const type = asText(line?.['type']);
  if (!type?.startsWith('platform.')) return undefined;
  const record = asObject(line?.['record']) ?? {};
  const requestId = asText(record['requestId']);
  if (type === 'platform.start' && requestId !== undefined) return { kind: 'start', requestId };
  if (type === 'platform.report' && requestId !== undefined) return reportLine(requestId, jsonReport(record));
  return type === 'platform.initReport' ? initLine(jsonReport(record)) : OTHER;
}

function jsonReport(record: JsonObject): ReportFields {
  const metrics = asObject(record['metrics']);
  return {
    status: asText(record['status']),
    errorType: asText(record['errorType']),
    billed: asNumber(metrics?.['billedDurationMs']),
    memory: asNumber(metrics?.['memorySizeMB']),
    memoryUsed: asNumber(metrics?.['maxMemoryUsedMB']),
  };
}
