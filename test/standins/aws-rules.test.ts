/** The rules of the stand-in of AWS that need no server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AwsFault } from './aws/core/fault.ts';
import { httpAnswer } from './aws/http/payload.ts';
import { routeFor } from './aws/http/route.ts';
import { permits, trusted } from './aws/iam/policy.ts';
import { isLike } from './aws/lambda/policy.ts';
import { lineFeed } from './aws/run/log-stream.ts';
import { unzip } from './aws/run/zip.ts';
import { checkEntries, concerned, parseNotification } from './aws/s3/notification-config.ts';
import { encodeKey } from './aws/s3/record.ts';
import { isOfType, openTagBook, passes } from './aws/tagging/tag-book.ts';

/** Made by another program: the packed file `d/a.txt` with a thousand times `x`. */
const ZIP = [
  'UEsDBBQAAAAAALAmdl0AAAAAAAAAAAAAAAACAAAAZC9QSwMEFAAAAAgAsCZ2XebJQTsLAAAA6AMAAAcAAABkL2EudH',
  'h0q6gYBaNgFAx3AABQSwECFAMUAAAAAACwJnZdAAAAAAAAAAAAAAAAAgAAAAAAAAAAABAA7UEAAAAAZC9QSwECFAMU',
  'AAAACACwJnZd5slBOwsAAADoAwAABwAAAAAAAAAAAAAApIEgAAAAZC9hLnR4dFBLBQYAAAAAAgACAGUAAABQAAAAAA',
  'A=',
].join('');

describe('notification configurations', () => {
  const entry = (id: string, event: string, prefix: string, suffix = '', kind = 'CloudFunction') =>
    `<${kind}Configuration><Id>${id}</Id><${kind}>arn:${id}</${kind}><Event>s3:${event}</Event><Filter><S3Key>
     <FilterRule><Name>Prefix</Name><Value>${prefix}</Value></FilterRule><FilterRule><Name>suffix</Name><Value>${suffix}</Value></FilterRule>
     </S3Key></Filter></${kind}Configuration>`;
  const parsed = (...entries: string[]) =>
    parseNotification(`<NotificationConfiguration>${entries.join('')}</NotificationConfiguration>`);

  it.each([
    ['ObjectCreated:*', 'a/', '', 'ObjectCreated:Put', 'a/b', '', true],
    ['ObjectCreated:*', 'a/', '.x', 'ObjectCreated:*', 'a/', '.y', false],
    ['ObjectCreated:*', 'a/', '', 'ObjectCreated:*', 'b/', '', false],
    ['ObjectCreated:Put', '', '', 'ObjectCreated:Copy', '', '', false],
    ['ObjectCreated:*', '', 'g', 'ObjectCreated:*', 'in/', '.jpg', true],
  ])(
    '%s %s*%s and %s %s*%s overlap: %s',
    (event, prefix, suffix, other, otherPrefix, otherSuffix, overlap) => {
      const entries = parsed(
        entry('a', event, prefix, suffix),
        entry('b', other, otherPrefix, otherSuffix, 'Queue'),
      );
      const check = () => checkEntries(entries);
      if (overlap) expect(check).toThrow(/ambiguously/);
      else expect(check).not.toThrow();
    },
  );

  it('find who is concerned', () => {
    const entries = parsed(
      entry('a', 'ObjectCreated:*', 'in/', '.jpg'),
      entry('b', 'ObjectCreated:Copy', 'in/', '.png'),
    );
    expect(concerned(entries, 's3:ObjectCreated:Put', 'in/x.jpg').map(({ id }) => id)).toEqual(['a']);
    expect(concerned(entries, 's3:ObjectCreated:Put', 'in/x.png')).toEqual([]);
  });

  it.each([
    ['date%3D2026/in+dir/', true],
    ['date=2026/in dir/', false],
    ['date%3D2026/in dir/', false],
    ['date%3d2026/in%20dir/', true],
    ['', true],
  ])('find keys by encoded filters only: %s', (prefix, found) => {
    const entries = parsed(entry('a', 'ObjectCreated:*', prefix));
    const meant = concerned(entries, 's3:ObjectCreated:Put', 'date=2026/in dir/x');
    expect(meant).toHaveLength(found ? 1 : 0);
  });

  it('must be what S3 knows', () => {
    expect(() => parseNotification('<X/>')).toThrow(AwsFault);
    expect(() => parsed('<Other/>')).toThrow(/well-formed/);
    expect(() => parsed(entry('a', 'ObjectEaten:*', ''))).toThrow(/not supported/);
  });

  it('have keys as forms have them', () => {
    expect(encodeKey("a b/c+d(é)~'.txt")).toBe('a+b/c%2Bd%28%C3%A9%29%7E%27.txt');
  });
});

describe('policies', () => {
  it('permit by action and resource, unless one denies', () => {
    const allow = {
      Effect: 'Allow',
      Action: ['s3:Get*', 'S3:putobject'],
      Resource: 'arn:aws:s3:::b/*',
    } as const;
    const deny = { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/secret/*' } as const;
    const may = (action: string, resource: string) => permits([allow, deny], action, resource);
    expect([may('s3:GetObject', 'arn:aws:s3:::b/x'), may('s3:PutObject', 'arn:aws:s3:::b/x')]).toEqual([
      true,
      true,
    ]);
    expect([may('s3:GetObject', 'arn:aws:s3:::b/secret/x'), may('s3:GetObject', 'arn:aws:s3:::c/x')]).toEqual(
      [false, false],
    );
    expect(permits([], 's3:GetObject', '*')).toBe(false);
  });

  it('trust services', () => {
    const statement = { Effect: 'Allow', Principal: { Service: ['a.amazonaws.com', 'b.amazonaws.com'] } };
    expect(trusted(JSON.stringify({ Statement: statement }))).toEqual(['a.amazonaws.com', 'b.amazonaws.com']);
    expect(trusted(JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*' }] }))).toEqual([]);
    const Condition = {
      StringEquals: { 'aws:SourceAccount': '1' },
      ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:eu-west-1:1:*' },
    };
    const document = JSON.stringify({ Statement: { ...statement, Condition } });
    const of = (account: string) => ({
      'aws:SourceAccount': account,
      'aws:SourceArn': `arn:aws:ecs:eu-west-1:${account}:task/t`,
    });
    expect([trusted(document, of('1')).length, trusted(document, of('2')), trusted(document)]).toEqual([
      2,
      [],
      [],
    ]);
  });

  it('take stars and question marks literally nowhere else', () => {
    expect([isLike('a.b', 'a?b'), isLike('axb', 'a.b'), isLike('a/b/c', 'a/*')]).toEqual([true, false, true]);
  });
});

describe('the tags of the stand-in of AWS', () => {
  it('are those of now, but the tagging API may know them later', () => {
    const [now, later] = [openTagBook(0), openTagBook(60_000)];
    for (const book of [now, later]) {
      book.set('arn:aws:lambda:r:1:function:f', { a: '1' });
      book.set('arn:aws:ssm:r:1:parameter/p', {});
      expect(book.get('arn:aws:lambda:r:1:function:f')).toEqual({ a: '1' });
    }
    expect([now.seen('r').length, later.seen('r').length]).toEqual([1, 0]);
    now.forget('arn:aws:lambda:r:1:function:f');
    expect(now.seen('r')).toEqual([]);
  });

  it('are found by key, values and type', () => {
    const tags = { a: '1', b: '2' };
    expect(passes(tags, [{ Key: 'a' }, { Key: 'b', Values: ['3', '2'] }])).toBe(true);
    expect([passes(tags, [{ Key: 'c' }]), passes(tags, [{ Key: 'a', Values: ['2'] }])]).toEqual([
      false,
      false,
    ]);
    const types = [
      ['arn:aws:s3:::b', 's3:bucket'],
      ['arn:aws:apigateway:r::/apis/x', 'apigateway:apis'],
      ['arn:aws:logs:r:1:log-group:/g', 'logs:log-group'],
      ['arn:aws:batch:r:1:job-queue/q', 'batch:job-queue'],
    ] as const;
    expect(types.filter(([arn, type]) => isOfType(arn, type))).toHaveLength(4);
    expect(isOfType('arn:aws:batch:r:1:job-queue/q', 'batch:job-definition')).toBe(false);
  });
});

describe('HTTP on the stand-in of AWS', () => {
  it('takes the most specific route', () => {
    const keys = ['$default', 'ANY /a/{p+}', 'GET /a/{id}', 'GET /a/b', 'ANY /a/b'];
    const routes = keys.map((routeKey) => ({ routeKey }));
    const taken = (method: string, at: string) => routeFor(routes, method, at)?.route.routeKey;
    expect([
      taken('GET', '/a/b'),
      taken('PUT', '/a/b'),
      taken('GET', '/a/c'),
      taken('GET', '/a/c/d'),
      taken('GET', '/'),
    ]).toEqual(['GET /a/b', 'ANY /a/b', 'GET /a/{id}', 'ANY /a/{p+}', '$default']);
    expect(routeFor(routes, 'GET', '/a/c/d')?.pathParameters).toEqual({ p: 'c/d' });
    expect(routeFor([{ routeKey: 'GET /x' }], 'PUT', '/x')).toBeUndefined();
  });

  it('answers with the body alone, too', () => {
    expect(httpAnswer('{"a":1}')).toMatchObject({ status: 200, body: Buffer.from('{"a":1}') });
    const answer = httpAnswer(
      '{"statusCode":404,"body":"aGk=","isBase64Encoded":true,"headers":{"Content-Type":"x"}}',
    );
    expect([answer.status, String(answer.body), answer.headers]).toEqual([
      404,
      'hi',
      { 'content-type': 'x' },
    ]);
  });
});

describe('what runs on the stand-in of AWS', () => {
  it('passes whole lines on', () => {
    let text = 'a\nb';
    const seen: string[] = [];
    const feed = lineFeed(
      () => text,
      (lines) => seen.push(...lines),
    );
    feed.flush(false);
    expect(seen).toEqual(['a']);
    text += 'c\n\nd';
    feed.flush(false);
    expect(seen).toEqual(['a', 'bc', '']);
    feed.flush(true);
    feed.flush(true);
    expect(seen).toEqual(['a', 'bc', '', 'd']);
  });

  it('unpacks archives', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-zip-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    unzip(Buffer.from(ZIP, 'base64'), folder);
    expect(readFileSync(path.join(folder, 'd/a.txt'), 'utf8')).toBe('x'.repeat(1000));
    expect(() => unzip(Buffer.from('no archive'), folder)).toThrow(/Could not unzip/);
  });
});
