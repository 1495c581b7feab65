import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import type { CommandContext, Handler } from './command.ts';

interface Template {
  readonly name: string;
  readonly path: string;
  /** First sentence of its README. */
  readonly summary: string;
}

/** Copies an example that runs on this machine; without arguments, lists them. */
export const run: Handler = async (context, [name, dir]) => {
  const { terminal, workingDirectory } = context;
  const templates = listTemplates();
  if (name === undefined) {
    listing(context, templates);
    return 0;
  }
  const template = templates.find((each) => each.name === name);
  if (!template) throw unknownTemplate(String(name), templates);
  const target = resolve(workingDirectory, String(dir ?? name));
  if (existsSync(target) && readdirSync(target).length > 0) {
    const hint = 'Name another folder: fdl init TEMPLATE DIR.';
    throw new FdlError('not-empty', `${target} is there already, with files in it`, { hint, exitCode: 2 });
  }
  cpSync(template.path, target, { recursive: true, filter: (path) => !/\/(\.fdl|out)$/.test(path) });
  const file = join(target, 'workflow.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(SCHEMA_LINE, `$1${schemaPath(template.path)}`));
  const shown = relative(workingDirectory, target) || '.';
  if (terminal.json) terminal.data({ template: name, dir: target });
  terminal.out(`Wrote ${shown}/. Try it:\n\n  cd ${shown}\n  fdl run workflow.yaml input/* --local -o out`);
  return 0;
};

/** The line by which editors find the schema: examples name it from where they are. */
const SCHEMA_LINE = /^(# yaml-language-server: \$schema=).*/;

/** The schema of this installation. */
function schemaPath(example: string): string {
  return resolve(example, '../../schemas/fdl.schema.json');
}

/** The names of all templates. */
export function templateNames(): readonly string[] {
  return listTemplates().map(({ name }) => name);
}

/** Examples that run anywhere have inputs and say what comes out. */
function listTemplates(): readonly Template[] {
  // From the built program and from the sources alike, the examples are two folders up.
  const candidates = ['../examples', '../../examples', '../../../examples'];
  const folders = candidates.map((each) => fileURLToPath(new URL(each, import.meta.url)));
  const examples = folders.find((folder) => existsSync(join(folder, 'README.md')));
  if (!examples) throw new FdlError('templates-missing', 'the templates of this installation are missing');
  return readdirSync(examples)
    .sort()
    .map((name) => ({ name, path: join(examples, name), summary: summaryOf(join(examples, name)) }))
    .filter(({ path }) => existsSync(join(path, 'expected')));
}

function summaryOf(folder: string): string {
  const readme = join(folder, 'README.md');
  const paragraphs = existsSync(readme) ? readFileSync(readme, 'utf8').split(/\n{2,}/) : [];
  const [first = ''] = paragraphs.filter((text) => /^[A-Za-z]/.test(text));
  return first.replace(/\s+/g, ' ').split(/(?<=[.?!]) /, 1)[0] ?? '';
}

function unknownTemplate(name: string, templates: readonly Template[]): FdlError {
  const names = templates.map((each) => each.name);
  const meant = nearest(name, names);
  const hint = meant ? `Did you mean ${meant}?` : `The templates are ${names.join(', ')}.`;
  return new FdlError('unknown-template', `there is no template "${name}"`, { hint, exitCode: 2 });
}

/** A sentence in lines of at most so many columns, cut between words. */
function wrapped(text: string, columns: number): readonly string[] {
  const pattern = new RegExp(`(.{1,${columns}})(?:\\s+|$)`, 'g');
  return [...text.matchAll(pattern)].map(([, line = '']) => line);
}

function listing({ terminal }: CommandContext, templates: readonly Template[]): void {
  if (terminal.json) terminal.data({ templates: templates.map(({ name, summary }) => ({ name, summary })) });
  const width = Math.max(...templates.map(({ name }) => name.length));
  for (const { name, summary } of templates) {
    const [first, ...more] = wrapped(summary, Math.max(terminal.width - width - 2, 20));
    terminal.out(`${terminal.outStyle('bold', name.padEnd(width))}  ${first}`);
    for (const line of more) terminal.out(`${' '.repeat(width)}  ${line}`);
  }
  terminal.out('\nStart with one: fdl init TEMPLATE [DIR]');
}
