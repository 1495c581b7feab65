import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve } from '../../../src/supervisor/hosts/host.ts';
import { givenEvent, onceHost } from '../../../src/supervisor/hosts/once.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';
import { testStep } from '../step.ts';

async function once(event: string, script: string) {
  const step = testStep(script);
  const task = step.put('a', 'content');
  const written: string[] = [];
  const complaints: string[] = [];
  const host = onceHost({
    event: event === 'object' ? task.event : event,
    write: (content) => written.push(Buffer.from(content).toString()),
    complain: (line) => complaints.push(line),
  });
  return { ok: await serve(host, step.config, step.deps), written, complaints };
}

describe('onceHost', () => {
  it('answers a direct call with what the script wrote', async () => {
    expect(await once('hello', 'tr a-z A-Z < "$INPUT_FILE_PATH"; echo x >&2')).toEqual({
      ok: true,
      written: ['HELLO'],
      complaints: [],
    });
  });

  it('answers the event of a store with the results as one line of JSON', async () => {
    const { ok, written } = await once('object', 'exit 4');
    expect(ok).toBe(false);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ results: [{ status: 'failed', exitCode: 4 }] });
  });

  it('complains about what it cannot read', async () => {
    expect(await once('{"cmd_args": 1}', 'true')).toEqual({
      ok: false,
      written: [],
      complaints: [expect.stringMatching(/^The event cannot be read: .+ Write it as in/)],
    });
  });
});

describe('givenEvent', () => {
  it('takes the text, else the file', () => {
    const file = path.join(temporaryFolder(), 'event');
    writeFileSync(file, 'from the file');
    expect(givenEvent('text', file)).toBe('text');
    expect(givenEvent(undefined, file)).toBe('from the file');
  });

  it('says which file is missing', () => {
    expect(() => givenEvent(undefined, '/no/such/event')).toThrow(
      expect.objectContaining({
        code: 'event-not-found',
        message: expect.stringContaining('"/no/such/event"'),
      }),
    );
  });
});
