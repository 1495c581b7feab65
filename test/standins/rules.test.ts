/** `RULES.md` says what each stand-in is strict about, and by which source: in the words of the comments beside the rules. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const HERE = import.meta.dirname;

/** The stand-ins, each with the folders or files that it is made of. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  AWS: ['aws'],
  'OSCAR and its MinIO': ['oscar', 'minio-server.ts'],
  'The host of AWS Lambda': ['lambda-host.ts', 'runtime-api.ts', 'sandbox.ts'],
  'The registry': ['registry.ts'],
  Onedata: ['oneprovider.ts'],
};

const INTRODUCTION = `# What the stand-ins are strict about

Each file of a stand-in with what it does, and below it its rules, as the comments beside them say them. Whatever refuses
something names the source by which it does: in the head of its file, or beside the rule. A rule is as good as its source:
where one is wrong, or AWS or OSCAR has changed, mend the rule and its comment together. What is sent to AWS is held against
judges besides (see README.md).

This page is made from the comments: \`npx vitest run --project e2e test/standins/rules.test.ts --update\`.
`;

function filesOf(part: string): readonly string[] {
  if (part.endsWith('.ts')) return [part];
  const files = readdirSync(path.join(HERE, part), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('judges'))
    .map((file) => path.join(part, file))
    .sort();
}

/** The comments of a file, each in one line. */
function commentsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(HERE, file), 'utf8');
  const found = text.matchAll(/\/\*\*([\s\S]*?)\*\/|(?:^ *\/\/ .*\n)+/gm);
  return [...found].map(([all, doc]) => (doc ?? all).replaceAll(/(?:^|\n) *(?:\/\/|\*) ?/g, ' ').trim());
}

/** Comments that say a rule. */
const isRule = (comment: string) => /\bRules?\b[^:.]*: /.test(comment);

/** What may be looked up: pages of vendors, sources of programs, and what was seen on one of them, with its release. */
const SOURCE =
  /API|\b(reference|documentation|guide|Reference|RFC|models)\b|https:|\bOSCAR, `|\bMinIO, `|Seen on|madmin-go|sio-go|faas-supervisor|aws-sdk-go/;

/** Answers that refuse. */
const REFUSAL =
  /new AwsFault\(|\bclient\(|\bplain\(4|status: [45]\d\d|\brefusal\(|<Code>|new (Panic|InputError)\(/;

/** Rules of a file that name no source, and the file itself if it refuses by none. */
function unfounded(file: string): readonly string[] {
  const [head = '', ...others] = commentsOf(file);
  const names = (comment: string) => isRule(comment) && SOURCE.test(comment);
  if (names(head)) return [];
  const without = others.filter((comment) => isRule(comment) && !SOURCE.test(comment));
  const refuses = REFUSAL.test(readFileSync(path.join(HERE, file), 'utf8')) && !others.some(names);
  return [...without.map((rule) => `${file}: ${rule}`), ...(refuses ? [`${file} refuses by no rule`] : [])];
}

function entryOf(file: string): string {
  const [head = '', ...others] = commentsOf(file);
  const rules = others.filter(isRule);
  return [`- \`${file}\`: ${head}`, ...rules.map((rule) => `  - ${rule}`)].join('\n');
}

it('every rule has a source, and so has every file that refuses something', () => {
  expect(Object.values(PARTS).flat().flatMap(filesOf).flatMap(unfounded)).toEqual([]);
});

it('RULES.md has every file of every stand-in, and every source that is named', async () => {
  const parts = Object.entries(PARTS).map(
    ([name, folders]) => `\n## ${name}\n\n${folders.flatMap(filesOf).map(entryOf).join('\n')}\n`,
  );
  await expect(INTRODUCTION + parts.join('')).toMatchFileSnapshot('RULES.md');
});
