import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSites } from '../../../../src/providers/aws/api/account.ts';
import { isConfigured } from '../../../../src/providers/aws/configured.ts';
import type { AwsStep } from '../../../../src/providers/aws/dialect/step.ts';

const stepWith = (lambda: object) => ({ settings: { lambda } }) as AwsStep;

function folderWith(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdl-aws-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return folder;
}

test('the region of a profile is the one in the files of the SDK', async () => {
  const folder = folderWith('config', '[profile lab]\nregion = eu-north-1\n[profile bare]\noutput = json\n');
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_REGION', undefined);
  const siteOf = openSites({ environment: {} });
  expect(await siteOf(stepWith({ boto_profile: 'lab' }))).toEqual({ region: 'eu-north-1', profile: 'lab' });
  expect(await siteOf(stepWith({ boto_profile: 'bare' }))).toEqual({ region: 'us-east-1', profile: 'bare' });
});

test('each profile is looked at once', async () => {
  const profileRegion = vi.fn(async () => 'eu-north-1');
  const siteOf = openSites({ environment: {}, profileRegion });
  await Promise.all([siteOf(stepWith({})), siteOf(stepWith({})), siteOf(stepWith({ boto_profile: 'lab' }))]);
  expect(profileRegion.mock.calls).toEqual([[undefined], ['lab']]);
});

test.each([
  ['region', { region: '${env:REGION}' }],
  ['profile', { boto_profile: '${env:PROFILE}' }],
])('a %s that is not known stops whoever needs it', async (what, lambda) => {
  await expect(openSites({ environment: {} })(stepWith(lambda))).rejects.toMatchObject({
    code: 'value-unset',
    message: expect.stringContaining(`the ${what} of`),
    exitCode: 2,
  });
});

test.each([
  ['nothing', {}, false],
  ['a key', { AWS_ACCESS_KEY_ID: 'AKIA' }, true],
  ['a profile', { AWS_PROFILE: 'lab' }, true],
  ['a region alone, which opens nothing', { AWS_REGION: 'eu-west-1' }, false],
])('AWS is asked without a file where the environment has %s: %o %s', (_, environment, expected) => {
  const HOME = folderWith('empty', '');
  expect(isConfigured({ environment: { HOME, ...environment } })).toBe(expected);
});

test('and where the SDK has files', () => {
  const folder = folderWith('credentials', '[default]\n');
  const environment = { HOME: folder, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  expect(isConfigured({ environment })).toBe(true);
});
