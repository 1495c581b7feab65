import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../../src/providers/aws/api/errors.ts';
import { deleteInBatch, disableInBatch } from '../../../../../src/providers/aws/kinds/batch/state.ts';

const VALID = { state: 'ENABLED', status: 'VALID', tags: {} };
const DELETING = { ...VALID, status: 'DELETING' };

/** Batch, where somebody else deletes the same queue meanwhile: each look finds the next one, the last one for ever. */
function racing(...found: readonly (typeof VALID | undefined)[]) {
  let looks = 0;
  const sent: string[] = [];
  const signal = new AbortController().signal;
  const waiting = {
    title: 'the job queue shop-resize',
    call: { signal, progress: () => {} } as never,
    delay: async () => {},
    look: async () => {
      looks += 1;
      return found[Math.min(looks, found.length) - 1];
    },
  };
  const send = (what: string, message?: string) => async () => {
    sent.push(what);
    if (message) throw new AwsError('aws-failed', message, { cause: undefined, awsCode: 'ClientException' });
  };
  return { waiting, send, sent };
}

/** Refusals in the manner of Batch, whose code is the same for all: the queue is gone, or about to be. */
const GONE = 'JobQueue shop-resize does not exist';
const BUSY = 'Cannot update, resource is in status DELETING';

describe('a queue that somebody else removes at the same time', () => {
  it('is removed where it goes before it is disabled', async () => {
    const { waiting, send, sent } = racing(VALID, undefined);
    const prepare = (found: typeof VALID) => disableInBatch(found, waiting, send('disable'));
    await deleteInBatch(waiting, { prepare, send: send('delete') });
    expect(sent).toEqual([]);
  });

  it('is removed where it goes while it is disabled', async () => {
    const { waiting, send, sent } = racing(VALID, VALID, undefined);
    const prepare = (found: typeof VALID) => disableInBatch(found, waiting, send('disable', GONE));
    await deleteInBatch(waiting, { prepare, send: send('delete') });
    expect(sent).toEqual(['disable']);
  });

  it('is waited for where the other one has begun', async () => {
    const { waiting, send, sent } = racing(VALID, VALID, DELETING, DELETING, DELETING, undefined);
    const prepare = (found: typeof VALID) => disableInBatch(found, waiting, send('disable', BUSY));
    await deleteInBatch(waiting, { prepare, send: send('delete') });
    expect(sent).toEqual(['disable']);
  });

  it('is removed where it goes after it was disabled', async () => {
    const { waiting, send, sent } = racing(VALID, VALID, undefined);
    const prepare = (found: typeof VALID) => disableInBatch(found, waiting, send('disable'));
    await deleteInBatch(waiting, { prepare, send: send('delete') });
    expect(sent).toEqual(['disable']);
  });

  it('is not taken for removed where Batch refuses for another reason', async () => {
    const { waiting, send } = racing(VALID);
    const prepare = (found: typeof VALID) =>
      disableInBatch(found, waiting, send('disable', 'no right to it'));
    await expect(deleteInBatch(waiting, { prepare, send: send('delete') })).rejects.toThrow('no right to it');
  });
});
