/** A cluster's REST API: each call as a function. Errors are `OscarError`s. */

import type { Asked } from './ask.ts';
import { type Authorizer, type ClusterAccess, openAuthorizer } from './authorization.ts';
import { bucketCalls } from './bucket-calls.ts';
import { jobCalls, type OscarClient, serviceCalls, systemCalls, volumeCalls } from './calls.ts';
import { OscarError } from './error.ts';
import { monitoringCalls } from './monitoring-calls.ts';
import { quotaCalls } from './quota-calls.ts';
import { openTransport, type Request, type TransportOptions } from './transport.ts';

export interface ClientOptions {
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly delay?: TransportOptions['delay'];
  /** How often a call is tried in all. */
  readonly attempts?: number | undefined;
}

/** A client for a cluster. */
export function openClient(access: ClusterAccess, options: ClientOptions = {}): OscarClient {
  const whom = `cluster ${access.id}`;
  const { endpoint, verifyTls, ca, login } = access;
  const { attempts, delay, environment = {} } = options;
  const transport = openTransport({ whom, endpoint, verifyTls, ca, attempts, delay });
  const authorizer = openAuthorizer(login, environment);
  const inTurn = openDoor();
  const ask = {
    whom,
    send: (request: Asked) => inTurn(() => authorised(authorizer, request, transport.send)),
    open: (request: Asked) => inTurn(() => authorised(authorizer, request, transport.open)),
  };
  return {
    cluster: access.id,
    ...systemCalls(ask),
    ...serviceCalls(ask),
    ...jobCalls(ask),
    ...bucketCalls(ask),
    ...volumeCalls(ask),
    ...quotaCalls(ask),
    ...monitoringCalls(ask),
    close: transport.close,
  };
}

/**
 * Lets the first request be answered before others are sent: with it a cluster makes the keys of a user whom it never
 * saw, and it refuses what comes meanwhile. Rule: OSCAR, `getOIDCMiddleware`.
 */
function openDoor() {
  let first: Promise<unknown> | undefined;
  return async <T>(send: () => Promise<T>): Promise<T> => {
    if (first) {
      await first;
      return send();
    }
    const sent = send();
    first = sent.catch(() => undefined);
    return sent;
  };
}

async function authorised<T>(
  authorizer: Authorizer,
  { token, ...request }: Asked,
  send: (request: Request) => Promise<T>,
): Promise<T> {
  const attempt = async () => {
    const authorization = token === undefined ? await authorizer.header(request.signal) : `Bearer ${token}`;
    return send({ ...request, headers: { ...request.headers, authorization } });
  };
  try {
    return await attempt();
  } catch (error) {
    // An access token may end before its time.
    const isOver = error instanceof OscarError && error.status === 401 && token === undefined;
    if (isOver && authorizer.renew()) return attempt();
    throw error;
  }
}
