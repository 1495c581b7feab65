/** The lines that Lambda itself writes to a function's log. */
import type { Invoked } from '../../lambda-host.ts';
import type { Params } from '../core/api.ts';

export function startLines(config: Params, requestId: string): readonly string[] {
  if (isJson(config)) return [platformLine('platform.start', { requestId, version: '$LATEST' })];
  return [`START RequestId: ${requestId} Version: $LATEST\n`];
}

export interface Measured {
  readonly durationMs: number;
  /** Whether the runtime was started for this event. */
  readonly cold: boolean;
}

export function reportLines(
  config: Params,
  requestId: string,
  outcome: Invoked,
  { durationMs, cold }: Measured,
): readonly string[] {
  const billed = Math.ceil(durationMs);
  const { MemorySize: memory } = config;
  if (isJson(config)) {
    const metrics = { durationMs, billedDurationMs: billed, memorySizeMB: memory, maxMemoryUsedMB: memory };
    const status = outcome.status === 'succeeded' ? 'success' : isTimeout(outcome) ? 'timeout' : 'failure';
    return [platformLine('platform.report', { requestId, metrics, status })];
  }
  const init = cold ? `Init Duration: ${durationMs.toFixed(2)} ms\t` : '';
  const sizes = `Memory Size: ${memory} MB\tMax Memory Used: ${memory} MB\t`;
  return [
    ...failureLines(outcome),
    `END RequestId: ${requestId}\n`,
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billed} ms\t${sizes}${init}${statusOf(outcome)}\n`,
  ];
}

function isJson(config: Params): boolean {
  return config['LoggingConfig'].LogFormat === 'JSON';
}

function platformLine(type: string, record: object): string {
  return `${JSON.stringify({ time: new Date().toISOString(), type, record })}\n`;
}

function isTimeout(outcome: Invoked): boolean {
  return outcome.status === 'failed' && outcome.error.errorType === 'Sandbox.Timedout';
}

/** Only what the sandbox notices is written by Lambda; a function says itself what it fails of. */
function failureLines(outcome: Invoked): readonly string[] {
  if (outcome.status === 'succeeded') return [];
  const { errorType, errorMessage } = outcome.error;
  if (isTimeout(outcome)) return [`${errorMessage}\n`];
  return errorType === 'Runtime.ExitError' ? [`${errorMessage}\nRuntime.ExitError\n`] : [];
}

function statusOf(outcome: Invoked): string {
  if (outcome.status === 'succeeded') return '';
  if (isTimeout(outcome)) return 'Status: timeout';
  return outcome.last ? `Status: error\tError Type: ${outcome.error.errorType}` : '';
}
