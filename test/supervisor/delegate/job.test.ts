import { describe, expect, it } from 'vitest';
import { isTooLongFor, jobNames } from '../../../src/supervisor/delegate/job.ts';
import { orderOf, s3Event, TARGET } from './orders.ts';

describe('jobNames', () => {
  it('has the step and the file, for people', () => {
    const { jobName, marker, event } = jobNames(orderOf(s3Event('videos/My+film+(1).mp4')));
    expect(jobName).toMatch(/^convert-My-film-1-mp4-[0-9a-f]{32}$/);
    expect(marker).toMatch(/^markers\/w\/convert\/[0-9a-f]{32}$/);
    expect(event).toBe(`${marker.replace('markers', 'events')}.json`);
  });

  it.each([
    ['a long one', `${'x'.repeat(300)}.mp4`, 's'.repeat(200)],
    ['one in another script', '映画', '_étape_'],
    ['one of signs', '+++', '---'],
    ['a leading hyphen', '-rf', '-'],
  ])('is one that AWS Batch takes for %s', (_what, key, step) => {
    const { jobName } = jobNames(orderOf(s3Event(encodeURIComponent(key)), { step }));
    expect(jobName).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
  });

  it('puts what it keeps below the prefix', () => {
    const target = { ...TARGET, prefix: 'fdl' };
    expect(jobNames(orderOf(s3Event('a'), { target })).marker).toMatch(/^fdl\/markers\/w\/convert\//);
  });

  it('does not depend on who delivers the event, nor on how it is written', () => {
    const bridge = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'in' }, object: { key: 'a b', size: 3, sequencer: '01' } },
    };
    const names = jobNames(orderOf(s3Event('a+b')));
    expect(jobNames(orderOf(s3Event('a+b'), { requestId: 'r-2', delegatedBy: 'g/r-2' }))).toEqual(names);
    expect(jobNames(orderOf(bridge))).toEqual(names);
  });

  it.each([
    ['key', s3Event('b')],
    ['sequencer', JSON.stringify(s3Event('a')).replace('"01"', '"02"')],
    ['version', JSON.stringify(s3Event('a')).replace('"size"', '"versionId":"v","size"')],
    ['bucket', JSON.stringify(s3Event('a')).replace('"in"', '"other"')],
  ])('differs with the %s', (_what, event) => {
    expect(jobNames(orderOf(event)).marker).not.toBe(jobNames(orderOf(s3Event('a'))).marker);
  });

  it('goes by the request where the event does not tell states apart', () => {
    const plain = JSON.stringify(s3Event('a')).replace(',"sequencer":"01"', '');
    for (const event of [plain, { question: 'why' }]) {
      const first = jobNames(orderOf(event)).marker;
      expect(jobNames(orderOf(event)).marker).toBe(first);
      expect(jobNames(orderOf(event, { requestId: 'r-2' })).marker).not.toBe(first);
    }
  });
});

describe('isTooLongFor', () => {
  it('counts what the quotes of an event become', () => {
    const tooLong = (more: string) => {
      const order = orderOf({ more });
      return isTooLongFor(order, jobNames(order));
    };
    expect([tooLong('x'.repeat(2000)), tooLong('"'.repeat(2000))]).toEqual([false, true]);
    expect(tooLong('☃'.repeat(2000))).toBe(true);
  });
});
