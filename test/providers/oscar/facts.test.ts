/** Scripts of services travel as texts of JSON. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { oscarFacts } from '../../../src/providers/oscar/facts.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

function facts(content: Buffer) {
  const file = path.join(temporaryFolder(), 'run.sh');
  writeFileSync(file, content);
  const script = { kind: 'file', path: file, place: { file: 'w.yaml', line: 3, column: 5 } };
  const step = {
    id: 'scan',
    provider: 'oscar',
    cluster: 'lab',
    name: 'scan',
    script,
    inputs: [],
    outputs: [],
    replicas: [],
  };
  const workflow = { name: 'w', file: 'w.yaml', steps: [step], stores: [], clusters: [] };
  return oscarFacts(workflow as unknown as Workflow, 'apply', {
    clusters: {} as never,
    signal: new AbortController().signal,
    ask: async () => ({ failure: new Error('not asked') }) as never,
  });
}

describe('the script of a service', () => {
  it('keeps its bytes, Windows line ends and byte order mark too', async () => {
    const text = '\ufeff#!/bin/sh\r\necho café\r\n';
    expect(Buffer.from((await facts(Buffer.from(text))).scripts.get('scan') ?? '')).toEqual(
      Buffer.from(text),
    );
  });
});
