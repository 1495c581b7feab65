/** What AWS Lambda tells of a function: the one answer that many questions need. */
import type { GetFunctionCommandOutput } from '@aws-sdk/client-lambda';
import type { CallContext } from '../../../deploy/resource.ts';
import type { AwsDeps } from '../kinds/deps.ts';
import { type Site, siteKey } from '../site.ts';
import { unlessMissing } from './errors.ts';
import { remembered } from './memory.ts';

/** Nothing where there is no such function. */
export function getFunction(
  deps: Pick<AwsDeps, 'clients' | 'memory'>,
  { site, name }: { readonly site: Site; readonly name: string },
  call: Pick<CallContext, 'signal' | 'planning'>,
): Promise<GetFunctionCommandOutput | undefined> {
  return remembered(deps, call, `function ${siteKey(site)} ${name}`, async () => {
    const { sdk, client } = await deps.clients('lambda', site);
    const command = new sdk.GetFunctionCommand({ FunctionName: name });
    return unlessMissing(client.send(command, { abortSignal: call.signal }), 'ResourceNotFoundException');
  });
}
