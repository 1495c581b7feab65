/** The clients of AWS themselves, at a server whose lists have no end. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { openClients } from '../../../../src/providers/aws/api/clients.ts';
import { lyingServer } from '../../../lying-server.ts';

const ENVIRONMENT = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };

/** Clients of a server that names these pages by turns, without end. */
async function clientsOf(tokens: readonly string[], page: (token: string) => string) {
  let asked = 0;
  const { url } = await lyingServer((request, response) => {
    request.resume().on('end', () => {
      const body = page(tokens[asked % tokens.length] ?? '');
      response.setHeader('content-type', body.startsWith('<') ? 'text/xml' : 'application/json');
      response.end(body);
    });
    asked += 1;
  });
  const environment = { ...ENVIRONMENT, AWS_ENDPOINT_URL: url };
  // The SDK reads the environment of the process.
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { clients: openClients(environment), asked: () => asked };
}

const SITE = { region: 'us-east-1' };
const LEADS_BACK = 'its list leads back to a page that was there before';

it.each([[['a']], [['a', 'b']], [['a', 'b', 'c', 'd']]])(
  'a list whose pages are %j by turns ends with an error',
  async (tokens) => {
    const json = (token: string) =>
      JSON.stringify({
        jobSummaryList: [],
        nextToken: token,
        ResourceTagMappingList: [],
        PaginationToken: token,
      });
    const xml = (token: string) =>
      `<ListRolesResponse><ListRolesResult><Roles/><IsTruncated>true</IsTruncated><Marker>${token}</Marker></ListRolesResult></ListRolesResponse>`;
    const of = await clientsOf(tokens, json);
    const batch = await of.clients('batch', SITE);
    const jobs = async () => {
      let nextToken: string | undefined;
      do
        nextToken = (await batch.client.send(new batch.sdk.ListJobsCommand({ jobQueue: 'q', nextToken })))
          .nextToken;
      while (nextToken);
    };
    await expect(jobs()).rejects.toThrow(`AWS did not answer batch ListJobs as it should: ${LEADS_BACK}`);
    expect(of.asked()).toBe(tokens.length + 1);
    const tagging = await of.clients('tagging', SITE);
    const resources = async () => {
      let PaginationToken: string | undefined;
      do
        ({ PaginationToken } = await tagging.client.send(
          new tagging.sdk.GetResourcesCommand({ PaginationToken }),
        ));
      while (PaginationToken);
    };
    await expect(resources()).rejects.toThrow(LEADS_BACK);
    const { clients } = await clientsOf(tokens, xml);
    const iam = await clients('iam', SITE);
    const roles = async () => {
      let Marker: string | undefined;
      do ({ Marker } = await iam.client.send(new iam.sdk.ListRolesCommand({ Marker })));
      while (Marker);
    };
    await expect(roles()).rejects.toThrow(LEADS_BACK);
  },
);

it('lists that are read again, or several times at once, are none that lead back', async () => {
  let serial = 0;
  const of = await clientsOf(['x'], () => {
    serial += 1;
    return JSON.stringify({
      jobSummaryList: [],
      ...(serial % 4 !== 0 && { nextToken: `t${Math.floor(serial / 2) % 2}` }),
    });
  });
  const batch = await of.clients('batch', SITE);
  const first = new batch.sdk.ListJobsCommand({ jobQueue: 'q' });
  await Promise.all([batch.client.send(first), batch.client.send(first), batch.client.send(first)]);
  const second = new batch.sdk.ListJobsCommand({ jobQueue: 'q', nextToken: 'other' });
  await Promise.all([batch.client.send(second), batch.client.send(second)]);
});
