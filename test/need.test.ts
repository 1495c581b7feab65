/** What is missing on a machine is never skipped unnoticed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { needs } from './standins/need.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A machine without any program. */
function emptyMachine(variables: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-test-'));
  rmSync(folder, { recursive: true });
  const nothing = { PATH: folder, XDG_CACHE_HOME: folder, FDL_TEST_MOTO: '', FDL_TEST_MINIO: '' };
  for (const [name, value] of Object.entries({ ...nothing, ...variables })) vi.stubEnv(name, value);
}

it.each(['zsh', 'moto', 'minio', 'podman'] as const)(
  '%s is asked for in the words of who installs it',
  (name) => {
    emptyMachine({ CI: '' });
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(needs(name)).toBe(false);
    expect(write.mock.calls.join()).toMatch(/TESTS ARE SKIPPED: they need .*install/);
  },
);

it.each(['zsh', 'fish', 'script', 'moto'] as const)('without %s, a file fails where CI is set', (name) => {
  emptyMachine({ CI: 'true' });
  expect(() => needs(name)).toThrow(/These tests need .*install/);
});
