/** The order of lines that several invocations wrote at the same time, as a server gives them that is not ours: moto. */
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClients } from '../../src/providers/aws/api/clients.ts';
import { openEvents } from '../../src/providers/aws/runtime/reader.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import type { Server } from '../standins/server.ts';
import { clientsOf } from './aws-lab.ts';

const GROUP = '/aws/lambda/demo-upper';

describe.skipIf(!needs('moto'))('lines of streams that are written at the same time', () => {
  let moto: Server;

  beforeAll(async () => {
    moto = await startMoto();
    process.env['AWS_ENDPOINT_URL'] = moto.url;
    process.env['AWS_ACCESS_KEY_ID'] = MOTO_KEYS.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = MOTO_KEYS.secretAccessKey;
  });

  afterAll(async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      delete process.env[name];
    await moto.stop();
  });

  it('are read in the order of time, not stream by stream', async () => {
    const { logs } = clientsOf(moto);
    await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    const start = Date.now() - 60_000;
    for (const [stream, times] of [
      ['one', [0, 2, 4]],
      ['two', [1, 3, 5]],
    ] as const) {
      const place = { logGroupName: GROUP, logStreamName: stream };
      await logs.send(new CreateLogStreamCommand(place));
      const logEvents = times.map((time) => ({ timestamp: start + time, message: `line ${time}` }));
      await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
    }
    const read = openEvents(openClients(process.env), new AbortController().signal);
    const source = {
      step: 'upper',
      workflow: 'demo',
      site: { region: 'us-east-1' },
      group: GROUP,
      longestMs: 1000,
    };
    const found: string[] = [];
    for await (const { message } of read(source, {})) found.push(message);
    expect(found).toEqual([0, 1, 2, 3, 4, 5].map((time) => `line ${time}`));
  });
});
