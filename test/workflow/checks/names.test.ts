import { describe } from 'vitest';
import { onAws, onOscar } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

const lambda = (name: string) => onAws().replace('name: step', `name: "${name}"`);
const service = (name: string) => onOscar().replace('name: step', `name: "${name}"`);
const input = (store: string, path: string) =>
  onAws(`input: [{storage_provider: ${store}, path: "${path}"}]`);
const bucket = (name: string) => input('s3', `${name}/in`);

describe('names that clouds refuse', () => {
  finds('function-name', 'cloud', [
    ...['a', 'A_b-9', 'a'.repeat(64)].map((name) => [`${name} is one`, lambda(name), []] as const),
    ['another character', lambda('my.step'), ['4:13'], 'it has other characters'],
    ['a space', lambda('my step'), ['4:13']],
    ['65 characters', lambda('a'.repeat(65)), ['4:13'], 'it has 65 characters, 64 are allowed'],
    ['a service may have another', service('a.b'), []],
  ]);

  finds('service-name', 'cloud', [
    ...['a', '9', 'my-step-2', 'a'.repeat(39)].map((name) => [`${name} is one`, service(name), []] as const),
    ['capitals', service('MyStep'), ['4:13'], 'such as mystep'],
    ['an underscore', service('my_step'), ['4:13'], 'such as my-step'],
    ['a dash at an end', service('step-'), ['4:13'], 'such as step'],
    ['40 characters', service('a'.repeat(40)), ['4:13'], 'it has 40 characters, 39 are allowed'],
    [
      'a dash where the suggestion ends',
      service(`${'a'.repeat(38)}_b`),
      ['4:13'],
      `such as ${'a'.repeat(38)}.`,
    ],
    ['nothing to suggest', service('___'), ['4:13'], 'digits and "-".'],
    ['a function may have another', lambda('My_Step'), []],
  ]);

  const good = ['abc', '0a1', 'a.b-c', 'a'.repeat(63)];
  const bad = [
    'ab',
    'a'.repeat(64),
    'Abc',
    'a_b',
    '-ab',
    'ab-',
    'a..b',
    '10.0.0.1',
    'xn--abc',
    'abc-s3alias',
    'sthree-abc',
  ];
  finds('bucket-name', 'cloud', [
    ...good.map((name) => [`${name} is one`, bucket(name), []] as const),
    ...bad.map((name) => [`${name} is none`, bucket(name), [`8 "${name}/in"`]] as const),
    ['of MinIO', onOscar('input: [{storage_provider: minio, path: Abc/in}]'), ['7 Abc/in']],
    ['of an output', onAws('output: [{storage_provider: s3, path: Abc/in}]'), ['8 Abc/in']],
    [
      'of the service, where a path is one word',
      onOscar('output: [{storage_provider: minio, path: out}]').replace('name: step', 'name: ab'),
      ['7 out'],
    ],
    [
      'folders of Onedata are none',
      onOscar(
        'output: [{storage_provider: onedata.a, path: My Space/in}]',
        'storage_providers: {onedata: {a: {token: a}}}',
      ),
      [],
    ],
  ]);
});
