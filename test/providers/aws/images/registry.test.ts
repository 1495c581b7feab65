import { describe, expect, it } from 'vitest';
import { ecrRegion } from '../../../../src/providers/aws/dialect/ecr.ts';
import { awsRegistry, ecrCredentials } from '../../../../src/providers/aws/images/registry.ts';
import { transferProgress } from '../../../../src/providers/aws/kinds/image/index.ts';
import { reveal } from '../../../../src/secret.ts';
import { awsFailure, fakeClients, SITE } from '../fake-clients.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const signal = new AbortController().signal;
const HOUR = 60 * 60_000;

function login(password: string, account = '123456789012', expiresAt?: Date) {
  const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
  const proxyEndpoint = `https://${account}.dkr.ecr.eu-west-1.amazonaws.com`;
  return { authorizationData: [{ authorizationToken, proxyEndpoint, ...(expiresAt && { expiresAt }) }] };
}

async function passwordOf(source: ReturnType<typeof ecrCredentials>, host = HOST) {
  const { credentials } = await source(host);
  return credentials?.kind === 'password'
    ? `${credentials.username}:${reveal(credentials.password)}`
    : undefined;
}

describe('the login of a registry of AWS', () => {
  it.each([
    [HOST, 'eu-west-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['public.ecr.aws', undefined],
    [`${HOST}.example.org`, undefined],
    ['docker.io', undefined],
  ])('%s is in the region %s', (host, region) => {
    expect(ecrRegion(host)).toBe(region);
  });

  it('is asked for once, and again shortly before it ends', async () => {
    let now = 0;
    const { clients, inputs } = fakeClients({
      ecr: {
        GetAuthorizationToken: (_, before) => login(`token-${before}`, undefined, new Date(now + 12 * HOUR)),
      },
    });
    const source = ecrCredentials(clients, [SITE], signal, () => now);
    expect(await passwordOf(source)).toBe('AWS:token-0');
    now = 11 * HOUR;
    expect(await passwordOf(source)).toBe('AWS:token-0');
    now = 11.75 * HOUR;
    expect(await passwordOf(source)).toBe('AWS:token-1');
    expect(inputs('GetAuthorizationToken')).toHaveLength(2);
  });

  it('is asked for once by all who need it at the same time', async () => {
    const { clients, inputs } = fakeClients({ ecr: { GetAuthorizationToken: login('token') } });
    const source = ecrCredentials(clients, [SITE], signal);
    expect(await Promise.all([passwordOf(source), passwordOf(source)])).toEqual(['AWS:token', 'AWS:token']);
    expect(inputs('GetAuthorizationToken')).toHaveLength(1);
  });

  it('is that of the account whose registry it is', async () => {
    const sites = [SITE, { ...SITE, profile: 'lab' }, { region: 'us-east-1' }];
    const GetAuthorizationToken = (_: unknown, before: number) =>
      before === 0 ? login('wrong', '210987654321') : login('right');
    const { clients, sent } = fakeClients({ ecr: { GetAuthorizationToken } });
    expect(await passwordOf(ecrCredentials(clients, sites, signal))).toBe('AWS:right');
    expect(sent.map(({ site }) => site)).toEqual(sites.slice(0, 2));
  });

  it('is asked for in the region of the registry, whatever regions the workflow is in', async () => {
    const { clients, sent } = fakeClients({ ecr: { GetAuthorizationToken: login('token') } });
    const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
    expect(await passwordOf(ecrCredentials(clients, [{ ...SITE, profile: 'lab' }], signal), host)).toBe(
      'AWS:token',
    );
    expect(sent.map(({ site }) => site)).toEqual([{ region: 'us-east-1', profile: 'lab' }]);
  });

  it('says why there is none, and is asked for again', async () => {
    const GetAuthorizationToken = (_: unknown, before: number) => {
      if (before === 0) throw awsFailure('AccessDeniedException', 400, 'not authorized');
      return login('token');
    };
    const { clients } = fakeClients({ ecr: { GetAuthorizationToken } });
    const source = ecrCredentials(clients, [SITE], signal);
    expect(await source(HOST)).toEqual({ problem: expect.stringContaining('not authorized') });
    expect(await passwordOf(source)).toBe('AWS:token');
  });

  it("is nobody else's business", async () => {
    const { clients, calls } = fakeClients({});
    expect(await ecrCredentials(clients, [SITE], signal)('docker.io')).toEqual({});
    expect(calls()).toEqual([]);
  });
});

it('registries open once, when they are used, and can be closed', async () => {
  const { clients } = fakeClients({});
  const registry = awsRegistry({ environment: {}, signal }, { clients, sites: [SITE] });
  await registry.close();
  const opened = await registry.open();
  expect(await registry.open()).toBe(opened);
  await registry.close();
  expect(await registry.open()).not.toBe(opened);
});

describe('the progress of transfers', () => {
  const at = { registry: HOST, repository: 'fdl/shop' };
  const MB = 1_000_000;

  it('adds up what is sent to one repository, every 10 MB', () => {
    const said: string[] = [];
    const progress = transferProgress(at, (message) => said.push(message));
    const send = (digest: string, size: number, ...parts: number[]) => {
      for (const sent of parts) progress({ at, digest, size, sent });
    };
    send('a', 25 * MB, 0, 4 * MB, 11 * MB, 12 * MB);
    progress({ at: { ...at, repository: 'other' }, digest: 'x', size: 90 * MB, sent: 90 * MB });
    progress({ at, digest: 'y', size: 90 * MB, sent: 90 * MB, state: 'present' });
    send('b', 5 * MB, 0, 5 * MB);
    send('a', 25 * MB, 25 * MB);
    expect(said).toEqual([
      'sent 10 of 25 MB of images',
      'sent 10 of 30 MB of images',
      'sent 30 of 30 MB of images',
    ]);
  });

  it('says nothing of little', () => {
    const said: string[] = [];
    const progress = transferProgress(at, (message) => said.push(message));
    progress({ at, digest: 'a', size: 1500, sent: 1500, state: 'sent' });
    expect(said).toEqual([]);
  });
});
