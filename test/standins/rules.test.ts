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
};

const INTRODUCTION = `# What the stand-ins are strict about

Each file of a stand-in with what it does, and below it the rules that name a source, as the comments beside them do. A rule
is as good as its source: where one is wrong, or AWS or OSCAR has changed, mend the rule and its comment together. What no
rule names a source for is to be held against the reference of its operation, and against a judge (see README.md).

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
  return [...found].map(([all, doc]) =>
    (doc ?? all).replaceAll(/\s*\n?\s*(?:\/\/|\n \*|\n {3}\*)\s?/g, ' ').trim(),
  );
}

function entryOf(file: string): string {
  const [head = '', ...others] = commentsOf(file);
  const rules = others.filter((comment) => /\bRules?\b[^:.]*: /.test(comment));
  return [`- \`${file}\`: ${head}`, ...rules.map((rule) => `  - ${rule}`)].join('\n');
}

it('RULES.md has every file of every stand-in, and every source that is named', async () => {
  const parts = Object.entries(PARTS).map(
    ([name, folders]) => `\n## ${name}\n\n${folders.flatMap(filesOf).map(entryOf).join('\n')}\n`,
  );
  await expect(INTRODUCTION + parts.join('')).toMatchFileSnapshot('RULES.md');
});
