import { describe, expect, it } from 'vitest';
import { CallError } from '../../src/supervisor/aws/call-error.ts';
import type { AwsCall } from '../../src/supervisor/aws/send.ts';
import { parameterSecrets, secretTexts } from '../../src/supervisor/credentials.ts';
import { refusal } from './delegate/fake-aws.ts';

const REF = { from: 'parameter', name: '/fdl/w/s' } as const;
const KEYS = { access_key: 'ak', secret_key: 'sk' };

/** Fetches the secrets from a parameter with this value. */
async function fetched(value: string) {
  const calls: AwsCall[] = [];
  const secrets = await parameterSecrets(REF, async (call) => {
    calls.push(call);
    return { status: 200, headers: {}, body: JSON.stringify({ Parameter: { Value: value } }) };
  });
  return { secrets, calls };
}

function failing(error: unknown) {
  return parameterSecrets(REF, async () => {
    throw error;
  });
}

describe('the secrets of a step', () => {
  it('are one decrypted parameter', async () => {
    const value = { environment: { TOKEN: 't' }, stores: { 'minio.lab': KEYS } };
    const { secrets, calls } = await fetched(JSON.stringify(value));
    expect(secrets).toEqual(value);
    expect(secretTexts(secrets)).toEqual(['t', 'ak', 'sk']);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      service: 'ssm',
      headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: JSON.stringify({ Name: '/fdl/w/s', WithDecryption: true }),
    });
  });

  it('may be of one sort only', async () => {
    expect((await fetched('{}')).secrets).toEqual({ environment: {}, stores: {} });
  });

  it('must be a JSON object, which is not shown', async () => {
    const error = await fetched('hunter2').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'secrets-invalid' });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each(['CONNECT_TIMEOUT', 'ENOTFOUND', 'ENETUNREACH'])('need a way to them: %s', async (awsCode) => {
    const error = new CallError('why', { awsCode, status: 0, retryable: false, uncertain: false });
    await expect(failing(error)).rejects.toMatchObject({
      code: 'secrets-unreachable',
      message: expect.stringMatching(/^the function's network has no route to Systems Manager.*why$/),
      hint: expect.stringContaining('NAT gateway or a VPC endpoint'),
    });
  });

  it.each([
    [refusal(400, 'AccessDeniedException'), 'secrets-denied', 'ssm:GetParameter'],
    [refusal(400, 'ParameterNotFound'), 'secrets-missing', 'Deploy'],
    [refusal(500, 'InternalServerError'), 'secrets-failed', undefined],
    [new Error('something else'), 'secrets-failed', undefined],
  ])('say what is wrong: %s', async (error, code, hint) => {
    const named = expect.stringContaining('"/fdl/w/s"');
    await expect(failing(error)).rejects.toMatchObject({ code, message: named });
    await expect(failing(error)).rejects.toHaveProperty('hint', hint && expect.stringContaining(hint));
  });
});
