import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import type { FunctionAttrs } from '../../../../../src/providers/aws/kinds/function/index.ts';
import {
  functionAttrs,
  functionChanges,
} from '../../../../../src/providers/aws/kinds/function/properties.ts';
import { SITE } from '../../fake-clients.ts';
import { functionProps, stored } from '../fake-functions.ts';

function attrsOf(changes: Record<string, unknown> = {}): FunctionAttrs {
  const { Code, Tags, ...Configuration } = stored(undefined, changes);
  return functionAttrs(SITE, { Configuration, Code, Tags, $metadata: {} }, undefined);
}

const paths = (props: Parameters<typeof functionProps>[0], attrs = attrsOf()) =>
  functionChanges(functionProps(props), attrs).map(({ path }) => path);

describe('what differs of a function', () => {
  it.each([
    [{ memory: 1024 }, ['memory']],
    [{ environment: { LEVEL: 'low', MORE: 'x' } }, ['environment.LEVEL', 'environment.MORE']],
    [{ environment: {} }, ['environment.LEVEL']],
    [{ role: 'arn:aws:iam::123456789012:role/other' }, ['role']],
    [{ description: '' }, []],
    [{ description: 'new' }, ['description']],
    [{ code: { image: ref('aws/eu-west-1/image/resize', 'uri') } }, ['code.image']],
    [{ logFormat: 'JSON' as const }, ['logFormat']],
    [{ logGroup: '/other' }, ['logGroup']],
    [{ vpc: { subnets: [], securityGroups: [] } }, []],
    [{ vpc: { subnets: ['s'], securityGroups: [] } }, ['vpc.securityGroups', 'vpc.subnets']],
    [{ reservedConcurrency: 0 }, ['reservedConcurrency']],
    [{ asyncConfig: { retries: 1 } }, ['asyncConfig.retries']],
    [{ tags: { 'fdl:workflow': 'shop' } }, ['tags.fdl:step']],
    [{ preheat: true }, []],
  ])('%j', (changes, expected) => {
    expect(paths(changes)).toEqual(expected);
  });

  it('is not the order of subnets', () => {
    const vpc = { subnets: ['a', 'b'], securityGroups: ['x', 'y'] };
    const VpcConfig = { SubnetIds: ['b', 'a'], SecurityGroupIds: ['y', 'x'] };
    expect(paths({ vpc }, attrsOf({ VpcConfig }))).toEqual([]);
  });

  it('is nothing of the log where the server does not tell of it', () => {
    const attrs = attrsOf({ LoggingConfig: undefined });
    expect(paths({ logGroup: '/other', logFormat: 'JSON', logLevel: 'DEBUG' }, attrs)).toEqual([]);
  });

  it('is the level of the log only with the format that has one', () => {
    const LoggingConfig = { LogFormat: 'JSON', LogGroup: '/aws/lambda/resize', ApplicationLogLevel: 'INFO' };
    const attrs = attrsOf({ LoggingConfig });
    expect(paths({ logFormat: 'JSON', logLevel: 'DEBUG' }, attrs)).toEqual(['logLevel']);
    expect(paths({ logFormat: 'JSON' }, attrs)).toEqual([]);
    expect(paths({ logLevel: 'DEBUG' })).toEqual([]);
  });

  it.each([
    [{ State: 'Inactive' }, []],
    [{ State: 'Pending' }, ['state']],
    [{ LastUpdateStatus: 'InProgress' }, ['state']],
    [{ State: 'Failed', StateReason: 'x' }, ['state']],
  ])('is a state other than ready: %j', (changes, expected) => {
    expect(paths({}, attrsOf(changes))).toEqual(expected);
  });
});

it("a function whose tags may not be read is nobody's", () => {
  const { Code, ...Configuration } = stored();
  const TagsError = { ErrorCode: 'AccessDenied', Message: 'not authorized: lambda:ListTags' };
  const read = () => functionAttrs(SITE, { Configuration, Code, TagsError, $metadata: {} }, undefined);
  expect(read).toThrow(expect.objectContaining({ code: 'aws-denied' }));
});
