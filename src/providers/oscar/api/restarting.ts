/**
 * Calls that fail since the MinIO of a cluster restarts just then, which it does for each service that comes or goes.
 * Rule: OSCAR, `RestartServer`.
 */
import { OscarError } from './error.ts';

/** What a cluster says when MinIO was about to restart just then. */
const RESTARTING =
  /connection refused|connection reset|broken pipe|\bEOF\b|not initialized|restarting the MinIO|i\/o timeout|XMinio/i;
/** MinIO is away for some seconds: these tries go on for about a quarter of a minute. */
export const ATTEMPTS = 7;

/** The error, to be tried again if MinIO was about to restart. */
export function orAgain(error: OscarError): OscarError {
  return RESTARTING.test(error.said ?? '') ? retryable(error) : error;
}

/** The same error, of the moment. */
export function retryable(error: OscarError): OscarError {
  const { message, hint, status, said } = error;
  return new OscarError('oscar-failed', message, { hint, status, said, retryable: true, cause: error });
}
