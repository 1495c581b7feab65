import { describe, expect, it } from 'vitest';
import { ref } from '../../../../src/deploy/resource.ts';
import { isSynced, settableTags, tagSync } from '../../../../src/providers/aws/api/tags.ts';
import { changesOf } from '../../../../src/providers/aws/kinds/changes.ts';
import { Secret } from '../../../../src/secret.ts';

const changed = (props: object, attrs: object, more: object = {}) =>
  changesOf(props as never, attrs as never, { fields: Object.keys({ ...attrs, ...props }), ...more });

describe('changes of properties', () => {
  it('are named by the path to the value that differs', () => {
    expect(
      changed({ memory: 512, tags: { 'fdl:step': 'b' } }, { memory: 128, tags: { 'fdl:step': 'a' } }),
    ).toEqual([
      { path: 'memory', before: 128, after: 512 },
      { path: 'tags.fdl:step', before: 'a', after: 'b' },
    ]);
  });

  it('show each variable that comes or goes, also where there was none', () => {
    expect(changed({ environment: { A: '1' } }, {})).toEqual([
      { path: 'environment.A', before: undefined, after: '1' },
    ]);
    expect(changed({}, { environment: { A: '1' } })).toEqual([
      { path: 'environment.A', before: '1', after: undefined },
    ]);
  });

  it('are none where nothing and an empty map or a missing value meet', () => {
    expect(changed({ environment: {}, vpc: undefined }, {})).toEqual([]);
  });

  it('take lists as a whole, in any order only where it says nothing', () => {
    const [props, attrs] = [{ subnets: ['a', 'b'] }, { subnets: ['b', 'a'] }];
    expect(changed(props, attrs)).toEqual([{ path: 'subnets', before: ['b', 'a'], after: ['a', 'b'] }]);
    expect(changed(props, attrs, { unordered: ['subnets'] })).toEqual([]);
    const nested = (Action: string[]) => ({
      statements: { Logs: { Action, Condition: { X: { y: Action } } } },
    });
    expect(changed(nested(['a', 'b']), nested(['b', 'a']), { unordered: ['statements'] })).toEqual([]);
    expect(changed(nested(['a']), nested(['b']), { unordered: ['statements'] })).toHaveLength(2);
  });

  it('take lists of maps in any order likewise', () => {
    const [one, two] = [
      { name: 'a', size: 1 },
      { name: 'b', size: undefined },
    ];
    const unordered = { unordered: ['disks'] };
    expect(
      changed({ disks: [one, two] }, { disks: [{ name: 'b' }, { size: 1, name: 'a' }] }, unordered),
    ).toEqual([]);
    expect(changed({ disks: [one, two] }, { disks: [two, { ...one, size: 2 }] }, unordered)).toHaveLength(1);
  });

  it('say where only a new object will do', () => {
    expect(changed({ path: 'a' }, { path: 'b' }, { replace: ['path'] })).toEqual([
      { path: 'path', before: 'b', after: 'a', replace: true },
    ]);
  });

  it('compare secrets by their text, and take what is not known yet as different', () => {
    expect(changed({ value: new Secret('a') }, { value: new Secret('a') })).toEqual([]);
    expect(changed({ value: new Secret('a') }, { value: new Secret('b') })).toHaveLength(1);
    expect(changed({ role: ref('r', 'arn') }, { role: 'arn:x' })).toHaveLength(1);
  });

  it('look at the named properties only', () => {
    expect(changesOf({ a: 1, b: 2 }, { a: 1, b: 3 }, { fields: ['a'] })).toEqual([]);
  });
});

describe('tags', () => {
  it('are set and removed one by one, except those of AWS', () => {
    const found = { keep: '1', change: '1', gone: '1', 'aws:cloudformation:stack': 's' };
    expect(tagSync({ keep: '1', change: '2', more: '3' }, found)).toEqual({
      set: { change: '2', more: '3' },
      remove: ['gone'],
    });
    expect(settableTags(found)).not.toHaveProperty('aws:cloudformation:stack');
  });

  it('are in order where nothing differs', () => {
    expect(isSynced(tagSync({ a: '1' }, { a: '1', 'aws:x': 'y' }))).toBe(true);
    expect(isSynced(tagSync({}, { a: '1' }))).toBe(false);
    expect(isSynced(tagSync({ a: '1' }, {}))).toBe(false);
  });
});
