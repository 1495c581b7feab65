import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { withEnvFile } from '../../src/session/env-file.ts';

function read(text: string): Promise<Readonly<Record<string, string | undefined>>> {
  const workingDirectory = mkdtempSync(path.join(tmpdir(), 'fdl-env-'));
  onTestFinished(() => rmSync(workingDirectory, { recursive: true }));
  writeFileSync(path.join(workingDirectory, 'my.env'), text);
  return withEnvFile({}, 'workflow.yaml', { workingDirectory, envFile: 'my.env' });
}

it('takes values as they are, in quotes over several lines', async () => {
  const text = `# c\n\nexport A=1\r\nB="x\ny" # c\nC='it is "so"'\nD=it's # c\nE=\n  F.G-H = 2`;
  const most = { A: '1', B: 'x\ny', C: 'it is "so"', D: "it's", E: '', 'F.G-H': '2' };
  expect(await read(text)).toMatchObject(most);
});

it.each([
  ['A=1\nno name\n', /my\.env:2: this is no NAME=value$/],
  ['A=1\n=x', /my\.env:2: this is no NAME=value$/],
  ['A="\n1"\nB="secret-7\nC=1', /my\.env:3: the quote of B is not closed$/],
  ['A=1\nNAME\nB=2', /my\.env:2: this is no NAME=value$/],
  ['1A=x', /my\.env:1: this is no NAME=value$/],
])('%j is refused with its line and without its value', async (text, says) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'env-file-invalid',
    message: expect.stringMatching(says),
  });
});
