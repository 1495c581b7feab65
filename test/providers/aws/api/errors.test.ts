/** What goes wrong at the door of AWS, in words: errors that the SDK itself makes, of real files and of AWS's own answers. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openClients } from '../../../../src/providers/aws/api/clients.ts';
import { deniedText } from '../../../../src/providers/aws/api/denied.ts';
import { AwsError } from '../../../../src/providers/aws/api/errors.ts';
import { noteOrigin } from '../../../../src/providers/aws/api/origin.ts';
import type { Site } from '../../../../src/providers/aws/site.ts';

const CONFIG = `[default]
region = eu-west-1
[profile work]
region = eu-west-1
[profile corp]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = dev
[profile old]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = dev
[profile broken]
credential_process = /bin/false
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
`;
const CREDENTIALS = '[keys]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret-example\n';

afterEach(() => void vi.unstubAllEnvs());

/** A home of its own, with files of AWS's command line where they are wanted, and nothing of this machine. */
function atHome(variables: Readonly<Record<string, string>> = {}, withFiles = true): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(tmpdir(), 'fdl-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  if (withFiles) {
    mkdirSync(join(home, '.aws'));
    writeFileSync(join(home, '.aws/config'), CONFIG);
    writeFileSync(join(home, '.aws/credentials'), CREDENTIALS);
  }
  for (const name of Object.keys(process.env).filter((each) => /^AWS_|_PROXY$/i.test(each)))
    vi.stubEnv(name, undefined);
  const all = { HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...variables };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  return process.env;
}

const SITE: Site = { region: 'eu-west-1' };

/** What a call ends with. */
async function failure(
  environment: NodeJS.ProcessEnv,
  site = SITE,
  service: 'sts' | 'lambda' | 'ec2' = 'sts',
): Promise<AwsError> {
  const clients = openClients(environment);
  const calls = {
    sts: async () => {
      const { sdk, client } = await clients('sts', site);
      return client.send(new sdk.GetCallerIdentityCommand({}));
    },
    lambda: async () => {
      const { sdk, client } = await clients('lambda', site);
      return client.send(new sdk.GetFunctionCommand({ FunctionName: 'shout' }));
    },
    ec2: async () => {
      const { sdk, client } = await clients('ec2', site);
      return client.send(new sdk.DescribeSubnetsCommand({}));
    },
  };
  const thrown = await calls[service]().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AwsError);
  return thrown as AwsError;
}

const shown = ({ code, message, hint }: AwsError) => `${code} ${message}\n${hint}`;

describe('nobody is logged in', () => {
  const lists = '~/.aws/config has default, work, corp, old, broken; ~/.aws/credentials has keys';

  it.each([
    [
      'a profile that is not there',
      { AWS_PROFILE: 'nope' },
      `there is no profile "nope" (AWS_PROFILE): ${lists}`,
      'Mend AWS_PROFILE, or make the profile: aws configure --profile nope.',
    ],
    [
      'a profile without keys',
      { AWS_PROFILE: 'work' },
      'the profile "work" (AWS_PROFILE, in ~/.aws/config) gives no credentials',
      'aws configure --profile work',
    ],
    [
      'a session of SSO',
      { AWS_PROFILE: 'corp' },
      'the login with AWS SSO of the profile "corp" is missing or has expired',
      'Log in again: aws sso login --profile corp.',
    ],
    [
      'SSO as it was',
      { AWS_PROFILE: 'old' },
      'the login with AWS SSO of the profile "old" is missing or has expired',
      'Log in again: aws sso login --profile old.',
    ],
    [
      'a program that fails',
      { AWS_PROFILE: 'broken' },
      'the profile "broken" (AWS_PROFILE, in ~/.aws/config) gives no credentials',
      'aws configure --profile broken',
    ],
    [
      'nothing at all',
      {},
      'no credentials were found; looked at: AWS_ACCESS_KEY_ID, ~/.aws/config (profiles: default, work, corp, old, broken), ~/.aws/credentials (profiles: keys), the role of this machine',
      'Log in: aws configure',
    ],
  ])('%s', async (_, variables, what, hint) => {
    const error = await failure(atHome(variables));
    expect(error.code).toBe('aws-credentials');
    expect(error.message).toContain(what);
    expect(error.hint).toContain(hint);
  });

  it('a file that cannot be read is not said to be absent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fdl-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = { AWS_CONFIG_FILE: join(folder, 'none'), AWS_SHARED_CREDENTIALS_FILE: folder };
    const message = shown(await failure(atHome(files, false)));
    expect(message).toContain(`${folder}/none (not there), ${folder} (cannot be read)`);
    expect(shown(await failure(atHome({ ...files, AWS_PROFILE: 'nope' }, false)))).toContain(
      `there is no ${folder}/none; ${folder} cannot be read`,
    );
  });

  it('not even files', async () => {
    const message = shown(await failure(atHome({}, false)));
    expect(message).toContain('~/.aws/config (not there), ~/.aws/credentials (not there)');
    expect(shown(await failure(atHome({ AWS_PROFILE: 'nope' }, false)))).toContain(
      'there is no ~/.aws/config',
    );
  });

  it('a profile of the file is named with its line', async () => {
    const site = { region: 'eu-west-1', profile: 'nope' };
    const place = { file: 'workflow.yaml', line: 6, column: 21 };
    noteOrigin(site, { profile: place });
    const error = await failure(atHome(), site);
    expect([error.place, error.message]).toEqual([
      place,
      expect.stringContaining('there is no profile "nope" ("boto_profile" in the FDL file)'),
    ]);
  });
});

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server with one answer to everything. */
async function answering({ status, body, type = 'text/xml', headers = {} }: Reply): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-example',
  AWS_SESSION_TOKEN: 'token-example',
};

/** Rule: STS's API reference, "Common errors"; the query protocol of AWS. */
const query = (code: string, message: string, status = 403): Reply => ({
  status,
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});
/** Rule: EC2's API reference, "Error codes". */
const ec2 = (code: string, message: string): Reply => ({
  status: 403,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
});
/** Rule: the JSON protocols of AWS: the name of the error stands in a header. */
const json = (code: string, message: string): Reply => ({
  status: 403,
  type: 'application/json',
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify({ Message: message }),
});

const WHO = 'arn:aws:iam::123456789012:user/ada';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:shout';

describe('AWS refuses', () => {
  it.each([
    [
      'a session that is over',
      'sts',
      query('ExpiredToken', 'The security token included in the request is expired'),
      'aws-credentials',
      'the session token in AWS_SESSION_TOKEN has expired',
      'set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again',
    ],
    [
      'a key that it does not know',
      'sts',
      query('InvalidClientTokenId', 'The security token included in the request is invalid.'),
      'aws-credentials',
      'AWS does not know the access key in AWS_ACCESS_KEY_ID',
      'Check the keys',
    ],
    [
      'a key that it does not know, in JSON',
      'lambda',
      json('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      'aws-credentials',
      'AWS does not know the access key in AWS_ACCESS_KEY_ID',
      'Check the keys',
    ],
    [
      'a secret that is wrong',
      'sts',
      query(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      ),
      'aws-credentials',
      'the secret key does not belong to the access key in AWS_ACCESS_KEY_ID',
      'Copy both keys anew',
    ],
    [
      'a clock that is wrong',
      'sts',
      query(
        'SignatureDoesNotMatch',
        'Signature expired: 20200101T000000Z is now earlier than 20260101T000000Z (20260101T001500Z - 15 min.)',
      ),
      'aws-credentials',
      'the clock of this machine does not go right',
      'Set the clock',
    ],
    [
      'a clock that is wrong, in JSON',
      'lambda',
      json(
        'InvalidSignatureException',
        'Signature not yet current: 20300101T000000Z is still later than 20260101T000000Z',
      ),
      'aws-credentials',
      'the clock of this machine does not go right',
      'Set the clock',
    ],
    [
      'a clock that is wrong, of EC2',
      'ec2',
      ec2('RequestExpired', 'Request has expired.'),
      'aws-credentials',
      'the clock of this machine does not go right',
      'Set the clock',
    ],
    [
      'an action',
      'lambda',
      json(
        'AccessDeniedException',
        `User: ${WHO} is not authorized to perform: lambda:GetFunction on resource: ${FUNCTION} because no identity-based policy allows the lambda:GetFunction action`,
      ),
      'aws-denied',
      `AWS refused lambda GetFunction: lambda:GetFunction on ${FUNCTION} is not permitted to ${WHO} (because no identity-based policy allows the lambda:GetFunction action)`,
      '`fdl policy FILE`',
    ],
    [
      'an action of EC2',
      'ec2',
      ec2(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. User: ${WHO} is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action`,
      ),
      'aws-denied',
      `AWS refused ec2 DescribeSubnets: ec2:DescribeSubnets is not permitted to ${WHO}`,
      '`fdl policy FILE`',
    ],
  ] as const)('%s', async (_, service, reply, code, what, hint) => {
    const url = await answering(reply);
    const error = await failure(atHome({ ...KEYS, AWS_ENDPOINT_URL: url }), SITE, service);
    expect(error.code).toBe(code);
    expect(error.message).toContain(what);
    expect(error.hint).toContain(hint);
    expect(shown(error)).not.toMatch(/secret-example|token-example/);
  });

  it('a session of a profile that is over', async () => {
    const url = await answering(query('ExpiredToken', 'expired'));
    const error = await failure(atHome({ AWS_PROFILE: 'keys', AWS_ENDPOINT_URL: url }));
    expect(error.message).toContain('the login of the profile "keys" has expired');
    expect(error.hint).toContain(
      'aws sso login --profile keys, or whatever wrote its keys to ~/.aws/credentials',
    );
  });

  it.each([
    [
      `User: ${WHO} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::photos" because no identity-based policy allows the s3:ListBucket action`,
      's3:ListBucket on arn:aws:s3:::photos is not',
    ],
    [
      `User: ${WHO} is not authorized to perform: iam:CreateRole on resource: role shout with an explicit deny in a service control policy`,
      'iam:CreateRole on role shout is not permitted',
    ],
    [
      `User: ${WHO} is not authorized to perform: batch:ListJobs on resource: *`,
      `batch:ListJobs is not permitted to ${WHO}`,
    ],
    [
      `You are not authorized to perform this operation. User: ${WHO} is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:::image/ami-1 because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: abc${'x'.repeat(500)}`,
      'ec2:RunInstances on arn:aws:ec2:::image/ami-1 is not',
    ],
  ])('reads who may not do what: %s', (message, text) => {
    const sentence = deniedText('a call', message) ?? '';
    expect(sentence).toContain(text);
    expect(sentence).not.toContain('xxx');
  });
});

describe('nothing gets to AWS', () => {
  it('a region that is none is named by what gave it', async () => {
    const spaced = { region: 'eu nowhere' };
    const byVariable = await failure(atHome({ ...KEYS, AWS_REGION: 'eu nowhere' }), spaced);
    expect(shown(byVariable)).toContain('"eu nowhere" is no name of a region (AWS_REGION)\nMend AWS_REGION');
    const place = { file: 'workflow.yaml', line: 5, column: 15 };
    const site = { region: 'eu-nowhere-1.invalid' };
    noteOrigin(site, { region: place });
    const byFile = await failure(atHome(KEYS), site);
    expect(byFile.place).toEqual(place);
    expect(shown(byFile)).toContain('"region" in the FDL file');
  });

  it('a server that refuses, and a proxy', async () => {
    const gone = await failure(atHome({ ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }));
    expect(shown(gone)).toMatch(
      /^aws-unreachable sts GetCallerIdentity did not reach AWS: 127\.0\.0\.1:1 refuses.*\nCheck the network, AWS_REGION/,
    );
    const proxied = await failure(
      atHome({ ...KEYS, HTTPS_PROXY: 'http://127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    );
    expect(proxied.hint).toContain('the proxy in HTTPS_PROXY');
  });
});
