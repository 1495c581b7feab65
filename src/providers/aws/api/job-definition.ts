/** What AWS Batch tells of the definition of a step's jobs. */
import type { ContainerProperties } from '@aws-sdk/client-batch';
import type { Site } from '../site.ts';
import type { Clients } from './clients.ts';
import type { Tags } from './tags.ts';

/** The latest definition of a step's jobs, with the container that they run. */
export async function latestDefinition(
  jobDefinitionName: string,
  site: Site,
  { clients, signal }: { readonly clients: Clients; readonly signal: AbortSignal },
): Promise<{ readonly tags?: Tags | undefined; readonly container?: ContainerProperties | undefined }> {
  const { sdk, client } = await clients('batch', site);
  const command = new sdk.DescribeJobDefinitionsCommand({ jobDefinitionName, status: 'ACTIVE' });
  const { jobDefinitions = [] } = await client.send(command, { abortSignal: signal });
  const [latest] = jobDefinitions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
  const { containerProperties, nodeProperties: nodes } = latest ?? {};
  const container = containerProperties ?? nodes?.nodeRangeProperties?.[0]?.container;
  return { tags: latest?.tags, container };
}
