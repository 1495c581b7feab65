/** What holds for any text, event, archive or name that others send, however wrong. More of each with `FDL_FUZZ=NUMBER`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FdlError } from '../src/errors.ts';
import { formatReference, parseReference } from '../src/image/reference.ts';
import { writeHeader } from '../src/image/tar/header.ts';
import { readTar } from '../src/image/tar/reader.ts';
import { type TarSource, writeTar } from '../src/image/tar/writer.ts';
import { policiesOf, statementsOf } from '../src/providers/aws/policy/document.ts';
import type { Right } from '../src/providers/aws/policy/right.ts';
import { checkBucket, checkKey, compareKeys } from '../src/storage/key.ts';
import { objectUri, parseUri, splitPath } from '../src/storage/uri.ts';
import { contentEvent, readEvent } from '../src/supervisor/event.ts';
import {
  delegatedJobs,
  failedAnswer,
  quoted,
  readRecord,
  recordLine,
  unquoted,
} from '../src/workflow/records.ts';
import { runs } from './fuzz.ts';
import { mutated } from './mutated.ts';
import { permits, statementsOf as readStatements } from './standins/aws/iam/policy.ts';
import { base64, record } from './supervisor/events.ts';

/** What a call gives; nothing where it refuses with an error of ours. Any other error is a fault. */
function orRefused<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FdlError);
    return undefined;
  }
}

/** Texts with what means something to programs. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '/',
        '//',
        ':',
        '@',
        '.',
        '..',
        '%',
        '%2e',
        '\n',
        '\r',
        '\0',
        ' ',
        '{',
        '"',
        'a',
        'ä',
        '\ud800',
        '://',
        's3',
        'sha256:',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join('')),
);

describe('events', () => {
  const s3 = { Records: [record('aws:s3', 'in/a+b%20c.txt'), record('minio:s3', 'in/d.txt')] };
  const samples = [
    s3,
    { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(s3), messageId: '1' }] },
    { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(s3) } }] },
    { Key: 'in/a.txt', Records: s3.Records, storage_provider: 'minio.default', event: JSON.stringify(s3) },
    {
      httpMethod: 'POST',
      body: base64('x'),
      isBase64Encoded: true,
      headers: { a: 'b' },
      queryStringParameters: { q: '1' },
    },
    { version: '2.0', requestContext: { http: { method: 'POST' } }, body: '{"a": 1}', rawQueryString: 'a=b' },
    { fdl: 'content', base64: base64('bytes') },
    { fdl: 'preheat' },
    {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'b' }, object: { key: 'k', size: 1 } },
    },
  ];

  it('of any form are tasks with names, or are refused', () => {
    const any = fc.oneof(...samples.map((sample) => mutated(sample)), fc.jsonValue(), text);
    const form = fc.tuple(any, fc.boolean(), fc.constantFrom('refuse', 'allow'));
    fc.assert(
      fc.property(form, ([event, asText, overHttp]) => {
        const given = asText ? JSON.stringify(event) : event;
        const tasks = orRefused(() => readEvent(given, { overHttp: overHttp as 'refuse' | 'allow' })) ?? [];
        for (const { source } of tasks) expect(typeof source.kind).toBe('string');
      }),
      { numRuns: runs(300) },
    );
  });

  it('carry any bytes to a task, whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const event = contentEvent(bytes);
        // What is an event by itself is taken for one.
        fc.pre(typeof event !== 'string' || !event.trimStart().startsWith('{'));
        const [task] = readEvent(event);
        expect(task?.source.kind === 'body' && Buffer.from(task.source.bytes)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('names', () => {
  it('of images are refused, or stay what they are when they are written and read again', () => {
    const name = fc.stringMatching(
      /^([a-z]{1,3}[.:]?[0-9]{0,2}\/)?[a-z._/-]{1,8}(:[\w.-]{1,5})?(@sha256:[0-9a-f]{64})?$/,
    );
    fc.assert(
      fc.property(fc.oneof(name, text), (given) => {
        const read = orRefused(() => parseReference(given));
        if (read) expect(parseReference(formatReference(read))).toEqual(read);
      }),
      { numRuns: runs(500) },
    );
  });

  it('of objects are refused, or stay what they are as URIs', () => {
    const bucket = fc.stringMatching(/^[a-z0-9.-]{1,10}$/);
    fc.assert(
      fc.property(
        fc.constantFrom('s3', 'minio', 'minio.lab', 's3.default'),
        bucket,
        text,
        (store, name, key) => {
          // A slash in front of a key is the one behind the bucket.
          fc.pre(!key.startsWith('/'));
          const { provider, bucket: readBucket, key: readKey } = parseUri(objectUri(store, name, key));
          expect([store.startsWith(provider), readBucket, readKey]).toEqual([true, name, key]);
        },
      ),
      { numRuns: runs(300) },
    );
    fc.assert(
      fc.property(text, (given) => {
        orRefused(() => parseUri(given));
        orRefused(() => checkKey(given));
        orRefused(() => checkBucket(given));
        const { bucket: first, prefix } = splitPath(given);
        expect(first.includes('/') || prefix.startsWith('/') || prefix.endsWith('/')).toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });

  it('of objects have an order, that of their bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 6 }),
        fc.string({ unit: 'grapheme', maxLength: 6 }),
        (a, b) => {
          expect(Math.sign(compareKeys(a, b))).toBe(
            Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
          );
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe('lines of a log', () => {
  const start = { workflow: 'w', step: 's', invocation: 'i', startedAt: '2026-01-02T03:04:05Z' };
  const ended = {
    ...start,
    status: 'failed',
    endedAt: start.startedAt,
    durationMs: 5,
    exitCode: 3,
    reason: 'r',
  } as const;
  const lines = [
    recordLine('start', { ...start, input: { uri: 's3://b/k', size: 1 } }),
    recordLine('end', { ...ended, outputs: [{ uri: 's3://b/k', size: 1 }] }),
    recordLine('delegated', { ...start, requestId: 'r', job: 'j', jobName: 'n', delegatedBy: 'f/r' }),
  ];
  const anyLine = fc.oneof(
    text,
    ...lines.map((line) => mutated(JSON.parse(line)).map((value) => JSON.stringify(value) ?? '')),
    fc
      .tuple(fc.constantFrom('', ' ', '[script] ', '{"fdl":', 'START RequestId: '), fc.constantFrom(...lines))
      .map((parts) => parts.join('')),
  );

  it('of a script are never taken for records, and are read as they were written', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        expect(readRecord(quoted(line))).toBe(undefined);
        expect(unquoted(quoted(line))).toBe(line);
      }),
      { numRuns: runs(400) },
    );
  });

  it('of any form break nobody who reads them', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const read = readRecord(line);
        if (read) expect([typeof read.invocation, Array.isArray(read.outputs)]).toEqual(['string', true]);
        expect(delegatedJobs(line).every((job) => typeof job === 'string')).toBe(true);
        expect(['string', 'undefined']).toContain(typeof failedAnswer(line));
      }),
      { numRuns: runs(400) },
    );
  });
});

describe('tar archives', () => {
  async function* one(bytes: Uint8Array) {
    yield bytes;
  }

  /** The paths of all entries, those that hard links lead to, and the content of files. */
  async function contentOf(bytes: Uint8Array) {
    const paths: string[] = [];
    const files = new Map<string, Buffer>();
    for await (const { path, kind, target, content } of readTar(one(bytes))) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content()) chunks.push(chunk);
      paths.push(path, ...(kind === 'hardlink' ? [target] : []));
      if (kind === 'file') files.set(path, Buffer.concat(chunks));
    }
    return { paths, files };
  }

  const header = fc.record({
    name: text,
    target: text,
    type: fc.constantFrom('0', '1', '2', '5', '7', 'x', 'g', 'L', 'K', 'Z', '\0'),
    mode: fc.nat(0o7777),
    size: fc.oneof(fc.nat(2000), fc.constantFrom(0, 1, 511, 512, 513, 8 ** 11 - 1)),
  });

  it('of any headers end with an error, or have no path that leads out', async () => {
    const archive = fc.array(fc.tuple(header, fc.uint8Array({ maxLength: 1024 })), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(archive, fc.nat(), fc.nat(255), async (parts, at, byte) => {
        const bytes = Buffer.concat(parts.flatMap(([each, content]) => [writeHeader(each), content]));
        if (at % 3 === 0 && bytes.length > 0) bytes[at % bytes.length] = byte;
        const { paths } = await contentOf(bytes).catch((thrown: Error) => {
          // A sentence for people, and no slip of the program.
          expect([thrown.constructor.name, thrown.message]).toEqual([
            'Error',
            expect.stringMatching(/archive/),
          ]);
          return { paths: [] };
        });
        for (const path of paths) expect(path.split('/')).not.toContain('..');
        for (const path of paths) expect(path).not.toMatch(/^\//);
      }),
      { numRuns: runs(300) },
    );
  });

  it('are read as they were written', async () => {
    const segment = fc.stringMatching(/^[\wäß -]{1,60}$/);
    const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((names) => `${names.join('/')}.txt`);
    const files = fc.dictionary(name, fc.uint8Array({ maxLength: 1100 }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(files, async (wanted) => {
        const sources = Object.entries(wanted).map(([path, bytes]): TarSource => {
          return { kind: 'file', path, executable: false, size: bytes.length, open: () => one(bytes) };
        });
        const chunks: Uint8Array[] = [];
        for await (const chunk of writeTar(sources)) chunks.push(chunk);
        const read = await contentOf(Buffer.concat(chunks));
        const expected = Object.entries(wanted).map(([path, bytes]) => [path, Buffer.from(bytes)] as const);
        expect(read.files).toEqual(new Map(expected));
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('policies', () => {
  const action = fc.constantFrom(
    's3:GetObject',
    's3:PutObject',
    's3:ListBucket',
    'lambda:GetFunction',
    'iam:PassRole',
  );
  const resource = fc.constantFrom('a', 'b', 'c', 'd', 'e').map((name) => `arn:aws:s3:::${name.repeat(200)}`);
  const right = fc.record({
    sid: fc.constantFrom('One', 'Two'),
    actions: fc.uniqueArray(action, { minLength: 1 }),
    resources: fc.uniqueArray(resource, { minLength: 1 }),
    uses: fc.uniqueArray(fc.constantFrom('look', 'apply', 'run', 'rm'), { minLength: 1 }),
  });
  const USED = ['apply', 'look'] as const;

  it('permit what the rights say and nothing else, in documents that IAM takes', () => {
    fc.assert(
      fc.property(
        fc.array(right as fc.Arbitrary<Right>, { maxLength: 12 }),
        action,
        resource,
        (rights, does, on) => {
          const policies = policiesOf(statementsOf(rights, USED));
          for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
          const all = policies.flatMap((policy) => readStatements(JSON.stringify(policy)));
          const wanted = rights.some(
            ({ actions, resources, uses }) =>
              uses.some((use) => use === 'apply' || use === 'look') &&
              actions.includes(does) &&
              resources.includes(on),
          );
          expect(permits(all, does, on)).toBe(wanted);
          const names = policies.flatMap(({ Statement }) => Statement.map(({ Sid }) => Sid));
          expect(new Set(names).size).toBe(names.length);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});
