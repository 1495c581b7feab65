/** What AWS Lambda tells of a function: the one answer that many questions need. */
import type { FunctionConfiguration, GetFunctionCommandOutput } from '@aws-sdk/client-lambda';
import type { CallContext } from '../../../deploy/resource.ts';
import type { Memory } from '../../../memory.ts';
import { type Site, siteKey } from '../site.ts';
import type { Clients } from './clients.ts';
import { unlessMissing } from './errors.ts';
import { remembered } from './memory.ts';

/** What asking AWS takes: clients, and while a plan is made what was answered already. */
export interface Asking {
  readonly clients: Clients;
  readonly memory?: Memory | undefined;
}

/** Nothing where there is no such function. */
export function getFunction(
  deps: Asking,
  { site, name }: { readonly site: Site; readonly name: string },
  call: Pick<CallContext, 'signal' | 'planning'>,
): Promise<GetFunctionCommandOutput | undefined> {
  return remembered(deps, call, `function ${siteKey(site)} ${name}`, async () => {
    const { sdk, client } = await deps.clients('lambda', site);
    const command = new sdk.GetFunctionCommand({ FunctionName: name });
    return unlessMissing(client.send(command, { abortSignal: call.signal }), 'ResourceNotFoundException');
  });
}

/** The state, and with a failure its reason: one text for people and comparisons. */
export function stateOf(found: FunctionConfiguration): string {
  const { State = 'Active', StateReason, LastUpdateStatus, LastUpdateStatusReason } = found;
  if (State === 'Failed') return `Failed: ${StateReason ?? 'AWS gives no reason'}`;
  if (State === 'Pending') return State;
  if (LastUpdateStatus === 'InProgress') return 'Updating';
  if (LastUpdateStatus !== 'Failed') return State;
  return `UpdateFailed: ${LastUpdateStatusReason ?? 'AWS gives no reason'}`;
}
