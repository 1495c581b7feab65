import { expect, it } from 'vitest';
import { problemWith } from './command-line.ts';

it.each([
  'fdl run workflow.yaml data/*.csv --local -o out',
  "fdl get '*.svg' -f workflow.yaml   # pictures; --bogus",
  'fdl graph w.yaml --format dot | dot -Tsvg --bogus > w.svg',
  'source <(fdl completion bash)',
  `fdl invoke w.yaml hello --data '{"name": "Ada"}'`,
  'cd x && fdl plan w.yaml && fdl --bogus',
  'AWS_PROFILE=x fdl plan w.yaml',
  "fdl invoke w.yaml hello --data ''",
  'fdl --version',
  'fdl help run',
])('takes: %s', async (line) => {
  expect(await problemWith(line)).toBeUndefined();
});

it.each([
  ['fdl rnu w.yaml', 'unknown command'],
  ['fdl run w.yaml --engine=rkt', 'Allowed choices'],
  ['fdl plan w.yaml --jsno', 'unknown option'],
  ["fdl get -o ''", 'is a variable in the command not set?'],
  ["fdl run w.yaml data -o ' '", 'It is empty'],
  ["fdl put data -f ''", 'It is empty'],
  ['fdl put', 'missing required argument'],
  ['npx fdl help rnu', 'outputHelp'],
])('finds what is wrong: %s', async (line, problem) => {
  expect(await problemWith(line)).toContain(problem);
});
