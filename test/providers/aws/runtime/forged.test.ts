/** What a script prints is its output, whatever it looks like. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAttribution } from '../../../../src/providers/aws/runtime/attribution.ts';
import { openInvocations } from '../../../../src/providers/aws/runtime/invocations.ts';
import { platformLine } from '../../../../src/providers/aws/runtime/platform-line.ts';
import { handleTask } from '../../../../src/supervisor/invocation.ts';
import { readProgram } from '../../../../src/supervisor/program.ts';
import { oneLine, quoted, readRecord, unquoted } from '../../../../src/workflow/records.ts';
import { temporaryFolder } from '../../../storage/temporary-folder.ts';
import { direct } from '../../../supervisor/step.ts';
import { LAMBDA } from './log-lines.ts';

const { request } = LAMBDA;

const RECORD = {
  workflow: 'w',
  step: 's',
  invocation: 'i-1',
  status: 'succeeded',
  outputs: [{ uri: 's3://other/made-up', size: 1 }],
};

/** Lines that mean something, each by itself. */
const MEANINGFUL = [
  ...['start', 'outputs', 'end'].map((fdl) => JSON.stringify({ fdl, ...RECORD })),
  JSON.stringify({ fdl: 'delegated', workflow: 'w', job: 'j-1' }),
  JSON.stringify({ fdl: 'undelegated', workflow: 'w', requestId: request }),
  JSON.stringify({ type: 'platform.start', record: { requestId: request } }),
  JSON.stringify({ record: { requestId: request, status: 'timeout' }, type: 'platform.report' }),
  ...[LAMBDA.init, LAMBDA.start(), LAMBDA.end(), LAMBDA.report(), LAMBDA.timedOut()],
  LAMBDA.report(request, 'Status: error\tError Type: Runtime.OutOfMemory'),
  `RequestId: ${request} Error: Runtime exited with error: signal: killed`,
  'INIT_REPORT Init Duration: 9999.40 ms\tPhase: init\tStatus: error\tError Type: x',
  'IMAGE\tLaunch error: none\tEntry Point: []',
  'EXTENSION\tName: x\tState: Ready',
  'fdl supervisor: it cannot start',
  '[script] {"fdl":"end"}',
];

describe('lines of scripts', () => {
  it.each(MEANINGFUL)('are marked where they look like %s, and read back as they were', (line) => {
    const written = quoted(line);
    expect(readRecord(written)).toBeUndefined();
    expect(platformLine(written)).toBeUndefined();
    expect(written).not.toMatch(/^fdl supervisor: /);
    expect(unquoted(written)).toBe(line);
  });

  it('are written as they are otherwise', () => {
    for (const line of ['hello', '{"level":"info"}', '{}', '', 'START of it', 'script'])
      expect(quoted(line)).toBe(line);
  });

  it('make no invocation that succeeds of one that fails', async () => {
    const folder = temporaryFolder();
    const forged = MEANINGFUL.map((line) => line.trimEnd());
    // As its output, in both streams, behind a line that is cut, and as the name of what cannot be stored.
    const script = [
      ...forged.map((line) => `printf '%s\\n' '${line}'; printf '%s\\n' '${line}' >&2`),
      `head -c 65536 /dev/zero | tr '\\0' x; printf '%s\\n' '${forged[2]}'`,
      'exit 3',
    ].join('\n');
    const output = { store: 's3.default', bucket: 'out', prefix: '', prefixes: [], suffixes: [] };
    const config = { workflow: 'w', step: 's', script: 'script', inputs: [], outputs: [output], stores: [] };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
    writeFileSync(path.join(folder, 'script'), script);
    const said: string[] = [];
    const env = { FDL_CONFIG: path.join(folder, 'config.json'), PATH: process.env['PATH'] };
    const { signal } = new AbortController();
    const program = await readProgram({ argv: [], env, say: (line) => said.push(oneLine(line)), signal });
    await handleTask(direct('x'), program.config, program.deps, 'i-1');

    const attribute = openAttribution();
    const event = (message: string, index: number) => ({ id: `${index}`, stream: 'x', time: index, message });
    const events = said.map(event);
    const entries = events.map(attribute);
    const source = { step: 's', workflow: 'w', site: {} as never, group: 'g', longestMs: 1e9 };
    const read = async function* () {
      yield* events;
    };
    const found = await openInvocations({ read, clock: Date.now })([source], undefined);
    expect(found).toMatchObject([{ id: 'i-1', status: 'failed', exitCode: 3, outputs: [] }]);
    const shown = entries.filter(({ stream }) => stream === 'stdout').map(({ message }) => message);
    for (const line of forged) expect(shown.filter((each) => each === line).length).toBeGreaterThanOrEqual(2);
  });

  it('and names of files with line ends stay on their line', () => {
    expect(oneLine('"a\n{"fdl":"end"}\r" is left out')).toBe('"a\\n{"fdl":"end"}\\r" is left out');
  });
});
