import { describe } from 'vitest';
import { onAws } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

/** A step that runs an image of an account as it is; more of `lambda` starts on line 8. */
const given = (lambda: string, beside = '') =>
  `functions:\n  aws:\n  - lambda:\n      name: step\n      container:\n        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b\n        create_image: false\n      ${lambda}\n${beside}`;
const variables = (...names: string[]) =>
  `environment: {Variables: {${names.map((name) => `${name}: x`).join(', ')}}}`;
const tags = (...all: string[]) => `tags:\n${all.map((tag) => `  ${tag}\n`).join('')}`;

describe('texts that AWS refuses', () => {
  finds('too-long', 'cloud', [
    ['a description of 256 characters', onAws(`description: ${'é'.repeat(256)}`), []],
    ['one more', onAws(`description: ${'é'.repeat(257)}`), ['8:20'], 'has 257 characters, 256 are allowed'],
    ['characters of two units', onAws(`description: ${'😀'.repeat(256)}`), []],
    ['of a step without a function', onAws(`execution_mode: batch\ndescription: ${'x'.repeat(300)}`), []],
    [
      'variables of an image that is run as it is',
      given(`environment: {Variables: {A1: ${'x'.repeat(4088)}}}`),
      ['8:7'],
      'have 4097 bytes, 4096 are allowed',
    ],
    ['one byte less', given(`environment: {Variables: {A1: ${'x'.repeat(4087)}}}`), []],
    ['variables that travel in an image', onAws(`environment: {Variables: {A1: ${'x'.repeat(9000)}}}`), []],
    [
      'variables of jobs',
      given(`execution_mode: batch\n      environment: {Variables: {A1: ${'x'.repeat(5000)}}}`),
      [],
    ],
  ]);

  finds('tag', 'cloud', [
    ['what tags may have', onAws(tags('"Projekt Süd_1.:/=+-@": "Ünï 1_.:/=+-@"', 'empty: ""')), []],
    ['another character in a name', onAws(tags('"a#b": c')), ['9 c'], 'its name has other characters'],
    ['another character in a value', onAws(tags('a: "b,c"')), ['9 "b,c"'], 'its value has other characters'],
    ['no name', onAws(tags('"": b')), ['9 b'], 'its name is empty'],
    ['a name of 128 characters', onAws(tags(`${'a'.repeat(128)}: b`)), []],
    ['one more', onAws(tags(`${'a'.repeat(129)}: b`)), ['9 b'], 'has 129 characters, 128 are allowed'],
    ['a value of 256 characters', onAws(tags(`a: ${'b'.repeat(256)}`)), []],
    ['one more in a value', onAws(tags(`a: ${'b'.repeat(257)}`)), ['9 b'], '256 are allowed'],
    ['40 tags', onAws(tags(...Array.from({ length: 40 }, (_, n) => `t${n}: x`))), []],
    ['41 tags', onAws(tags(...Array.from({ length: 41 }, (_, n) => `t${n}: x`))), ['8:7'], 'has 41 tags'],
    ['names that differ only in case', onAws(tags('Project: a', 'project: b')), ['10 b'], 'one and the same'],
    [
      'the same where no role is made',
      onAws(tags('Project: a', 'project: b'), 'iam: {role: "arn:aws:iam::123456789012:role/r"}'),
      [],
    ],
  ]);

  finds('reserved-tag', undefined, [
    ['of AWS', onAws(tags('"AWS:a": b')), ['9 b'], 'kept for AWS itself'],
    ['of fdl', onAws(tags('"fdl:step": b')), ['9 b'], 'kept for fdl itself'],
    ['that only looks so', onAws(tags('awsome: b', '"my:aws:": c')), []],
  ]);

  finds('variable-name', 'cloud', [
    ['what Lambda sets', given(variables('AWS_REGION')), ['8 x'], 'AWS Lambda sets it itself'],
    ['of one letter', given(variables('A')), ['8 x'], 'two or more'],
    ['with another character', given(variables('"a-b"', 'OK_1', '_X')), ['8 x', '8 x'], 'a letter first'],
    [
      'of the container',
      given('memory: 512').replace(
        'create_image: false',
        'create_image: false\n        environment: {Variables: {_X: y}}',
      ),
      ['8 y'],
    ],
    [
      'of jobs',
      given(`execution_mode: batch\n      ${variables('A', 'AWS_BATCH_X')}`),
      ['9 x'],
      'AWS Batch keeps it',
    ],
    ['that travel in an image', onAws(variables('AWS_REGION', 'A', 'AWS_BATCH_X')), []],
  ]);

  finds('job-name', 'cloud', [
    [
      'an underscore',
      onAws('execution_mode: batch').replace('name: step', 'name: _step'),
      ['4 _step'],
      'begins with "_"',
    ],
    ['a hyphen', onAws('execution_mode: lambda-batch').replace('name: step', 'name: -step'), ['4 -step']],
    ['of a function alone', onAws().replace('name: step', 'name: _step'), []],
    ['a digit', onAws('execution_mode: batch').replace('name: step', 'name: 1step'), []],
  ]);
});
