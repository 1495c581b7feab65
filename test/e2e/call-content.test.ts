/** What `fdl invoke --data` gives to a script, and what it prints of the answer: byte for byte. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BIN, fdlJson, NODE } from './fdl.ts';
import { project, workflowText } from './project.ts';

const execute = promisify(execFile);
const HERE = ['--local', '--engine', 'host'];

/** Answers with its input. */
const ECHO = { name: 'echo', script: 'cat "$INPUT_FILE_PATH"' };

function echo(): string {
  return project({ 'workflow.yaml': workflowText([ECHO]) });
}

async function invoked(cwd: string, data: string): Promise<Buffer> {
  const args = [BIN, 'invoke', 'workflow.yaml', 'echo', '--data', data, ...HERE];
  const { stdout } = await execute(NODE, args, { cwd, encoding: 'buffer' });
  return stdout;
}

describe('fdl invoke --data', () => {
  it.each(['test', 'test\nabcd\n', 'aGVsbG8=', '{"a": 1}', '"quoted"', 'ü'])(
    '%j is what the script gets',
    async (data) => {
      expect((await invoked(echo(), data)).toString()).toBe(data);
    },
  );

  it('takes bytes that are no text, and writes an answer of such as it is', async () => {
    const cwd = echo();
    const bytes = Buffer.from([0, 255, 254, 10, 13, 0xb5, 0xeb, 0x2d]);
    writeFileSync(path.join(cwd, 'photo.bin'), bytes);
    expect(await invoked(cwd, '@photo.bin')).toEqual(bytes);
    expect(readFileSync(path.join(cwd, 'photo.bin'))).toEqual(bytes);
    const called = ['invoke', 'workflow.yaml', 'echo', '--data', '@photo.bin', ...HERE];
    const { json } = await fdlJson(called, { cwd });
    expect(json).toMatchObject({ result: bytes.toString('base64'), encoding: 'base64' });
  });
});
