/** What goes wrong with registries, and whether trying again may help. */
import { FdlError, type FdlErrorOptions, messageOf } from '../../errors.ts';

export type RegistryErrorCode = 'image-not-found' | 'image-denied' | 'registry-failed';

export interface RegistryErrorOptions extends FdlErrorOptions {
  /** The failure is of the moment (network, throttling, an overloaded server): the same call may work later. */
  readonly retryable?: boolean;
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An error of a registry. */
export class RegistryError extends FdlError {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Codes of failures that a repetition does not change: names that do not exist, certificates that are not trusted. */
const LASTING = /^(ENOTFOUND|ERR_INVALID_URL|UND_ERR_INVALID_ARG|ERR_TLS_.*|.*CERT.*|.*SELF_SIGNED.*)$/;

/** What sending a request to `host` has thrown, as an error of ours. */
export function connectionError(host: string, cause: unknown): RegistryError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  const why = messageOf(cause) || code;
  const trust = /CERT|SELF_SIGNED/.test(code)
    ? 'Name the file of your authority in NODE_EXTRA_CA_CERTS.'
    : 'Check the name of the registry and the network.';
  return new RegistryError('registry-failed', `the connection to the registry ${host} failed: ${why}`, {
    hint: trust,
    retryable: !LASTING.test(code),
    cause,
  });
}
