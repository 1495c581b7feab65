import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import { makeFolder } from '../make-folder.ts';
import { shellWord } from '../terminal/command-line.ts';
import { isImageName } from '../workflow/checks/content.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fitSchema } from './schema.ts';

interface Template {
  readonly name: string;
  readonly path: string;
  /** First sentence of its README. */
  readonly summary: string;
}

/** What `--json` prints of a workflow that was written. */
export interface WrittenDocument {
  readonly template?: string;
  readonly image?: string;
  readonly step?: string;
  readonly dir: string;
}

export function templatesDocument(templates: readonly Template[]) {
  return { templates: templates.map(({ name, summary }) => ({ name, summary })) };
}

interface Options {
  readonly image?: string;
  readonly name?: string;
}

/** Copies an example that runs on this machine, or writes a step for an image; without either, lists the examples. */
export const run: Handler = async (context, [name, dir], options: Options) => {
  const { terminal } = context;
  if (options.image !== undefined) return fromImage(context, options.image, options.name, name);
  if (options.name !== undefined)
    throw usage('--name is the name of a step for an image', 'Add --image IMAGE.');
  const templates = listTemplates();
  if (name === undefined) {
    listing(context, templates);
    return 0;
  }
  const template = templates.find((each) => each.name === name);
  if (!template) throw unknownTemplate(String(name), templates);
  const target = emptyFolder(context, String(dir ?? name));
  cpSync(template.path, target, { recursive: true, filter: (path) => !/\/(\.fdl|out)$/.test(path) });
  renameBuckets(target);
  const shown = finish(context, target);
  if (terminal.json) terminal.data({ template: template.name, dir: target } satisfies WrittenDocument);
  const lines = [...cdTo(shown), 'fdl run workflow.yaml input/* --local -o out'];
  terminal.out(`Wrote ${shown}/. Try it:\n\n  ${lines.join('\n  ')}`);
  return 0;
};

/** Whoever is there need not go there. */
function cdTo(shown: string): readonly string[] {
  return shown === '.' ? [] : [`cd ${shellWord(shown)}`];
}

function usage(message: string, hint: string): FdlError {
  return new FdlError('usage', message, { hint, exitCode: 2 });
}

/** @throws FdlError `not-empty`; a repository that has nothing in it yet is empty */
function emptyFolder({ workingDirectory }: CommandContext, dir: string): string {
  const target = resolve(workingDirectory, dir);
  const there = existsSync(target) ? readdirSync(target).filter((each) => each !== '.git') : [];
  if (there.length === 0) return target;
  const hint = 'Name another folder: fdl init TEMPLATE DIR.';
  throw new FdlError('not-empty', `${target} is there already, with files in it`, { hint, exitCode: 2 });
}

/** What must not reach a repository: local state, results, secrets. */
const IGNORED = ['.fdl/', 'out/', '.env', ''].join('\n');

/** What every new workflow has besides: the schema for editors, and what Git is to ignore. Answers its folder for people. */
function finish({ workingDirectory }: CommandContext, target: string): string {
  fitSchema(join(target, 'workflow.yaml'));
  writeFileSync(join(target, '.gitignore'), IGNORED);
  return relative(workingDirectory, target) || '.';
}

/** A bucket below `path:`, without the mark that keeps its name apart from others. */
const BUCKET = /^(\s*(?:- )?path: )([a-z0-9-]+?)(-[0-9a-f]{4})?(?=\/)/gm;

/** Names of buckets are unique worldwide: each workflow gets some of its own, also where comments and its README name them. */
function renameBuckets(target: string): void {
  const mark = randomBytes(4).toString('hex');
  const [file, readme] = [join(target, 'workflow.yaml'), join(target, 'README.md')];
  const text = readFileSync(file, 'utf8');
  const marked = [...text.matchAll(BUCKET)].flatMap(([, , name, old]) =>
    old ? [[`${name}${old}`, name]] : [],
  );
  const renamed = (page: string) =>
    marked.reduce((before, [old = '', name]) => before.replaceAll(old, `${name}-${mark}`), page);
  const paths = text.replace(BUCKET, (_, before: string, name: string) => `${before}${name}-${mark}`);
  writeFileSync(file, renamed(paths));
  if (existsSync(readme)) writeFileSync(readme, renamed(readFileSync(readme, 'utf8')));
}

/** What every provider takes for a name: the folder of the workflow has it, too. */
const STEP_NAME = /^[\w-]{1,64}$/;

/** A step for an image, as `scar init -n NAME -i IMAGE` made one: it runs the script that a call brings along. */
function fromImage(
  context: CommandContext,
  image: string,
  given: string | undefined,
  dir: unknown,
): ExitCode {
  const { terminal } = context;
  if (!isImageName(image)) {
    const lower = isImageName(image.toLowerCase())
      ? ' Names are in lower case; only a tag may have capitals.'
      : '';
    const hint = `Write it as in docker pull: grycap/cowsay, ghcr.io/lab/tool:1.2.${lower}`;
    throw usage(`"${image}" is no name of an image`, hint);
  }
  const name = given ?? nameOfImage(image);
  if (!STEP_NAME.test(name))
    throw usage(`"${name}" is no name of a step`, 'Write --name with up to 64 letters, digits, "-" and "_".');
  const target = emptyFolder(context, String(dir ?? name));
  makeFolder(target);
  writeFileSync(join(target, 'workflow.yaml'), imageWorkflow(name, image));
  const shown = finish(context, target);
  if (terminal.json) terminal.data({ image, step: name, dir: target } satisfies WrittenDocument);
  const lines = [...cdTo(shown), 'fdl apply', `fdl invoke ${name} --data @script.sh`];
  terminal.out(`Wrote ${shown}/. Deploy it, then run a script of yours in it:\n\n  ${lines.join('\n  ')}`);
  return 0;
}

/** `ghcr.io/lab/my_tool:1.2` → `my-tool`. */
function nameOfImage(image: string): string {
  const last = image.split('/').at(-1)?.split(/[:@]/)[0] ?? '';
  return last.replace(/[^a-z0-9]+/g, '-');
}

function imageWorkflow(name: string, image: string): string {
  const bucket = `${name.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}-${randomBytes(4).toString('hex')}`;
  return `# One step that runs the image. Without a script of its own it runs what a call brings along.

functions:
  aws:
    - lambda:
        name: ${JSON.stringify(name)}
        memory: 512 # MiB
        timeout: 300 # seconds
        container:
          image: ${JSON.stringify(image)}
        # With a script and an input, the step runs for each file that arrives in the folder "in":
        # init_script: script.sh
        # input:
        #   - storage_provider: s3
        #     path: ${bucket}/in
        # output:
        #   - storage_provider: s3
        #     path: ${bucket}/out
`;
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
  if (terminal.json) terminal.data(templatesDocument(templates));
  const width = Math.max(...templates.map(({ name }) => name.length));
  for (const { name, summary } of templates) {
    const [first, ...more] = wrapped(summary, Math.max(terminal.width - width - 2, 20));
    terminal.out(`${terminal.outStyle('bold', name.padEnd(width))}  ${first}`);
    for (const line of more) terminal.out(`${' '.repeat(width)}  ${line}`);
  }
  terminal.out('\nStart with one: fdl init TEMPLATE [DIR]');
}
