/** What documents say about this project: command lines, files, scripts of the package. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateWorkflow } from '@action-validator/core';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { loadDocument } from '../../src/fdl/document.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { problemWith } from './command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that hold no documents of ours. */
const OTHERS = new Set(['node_modules', 'dist', 'out', '.git', '.fdl']);

function documents(folder = ''): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return OTHERS.has(entry.name) ? [] : documents(name);
    return name.endsWith('.md') ? [name] : [];
  });
}

const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

/** Lines of code: fenced as shell or without a language, or indented by four spaces behind an empty line. */
function codeLines(text: string): readonly string[] {
  const fenced = [...text.matchAll(/^ *```(?:sh|bash|shell|console)?\n([\s\S]*?)^ *```/gm)].map(
    ([, code = '']) => code,
  );
  const indented = [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/(?<=\n\n)(?: {4}.*\n|\n)+/g)].map(
    ([code]) => code,
  );
  const code = [...fenced, ...indented, ...yamlSnippets(text).flatMap(pipelineLines)];
  return code.flatMap((each) => each.replaceAll('\\\n', ' ').split('\n'));
}

/** Code fenced as YAML. */
function yamlSnippets(text: string): readonly string[] {
  return [...text.matchAll(/^ *```ya?ml\n([\s\S]*?)^ *```/gm)].map(([, code = '']) => code);
}

interface Pipeline {
  readonly jobs?: Readonly<Record<string, { readonly steps?: readonly PipelineStep[] }>>;
}
interface PipelineStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** What the steps of a workflow of GitHub run: lines of shell, and the command that the action of this project makes. */
function pipelineLines(snippet: string): readonly string[] {
  const { jobs = {} } = (load(snippet) ?? {}) as Pipeline;
  return Object.values(jobs).flatMap(({ steps = [] }) =>
    steps.flatMap(({ uses = '', run, with: inputs = {} }) => {
      const { command, file = 'workflow.yaml', args = '' } = inputs;
      return [run ?? [], /\/fdl@/.test(uses) ? `fdl ${command} ${file} ${args}` : []].flat();
    }),
  );
}

/** `fdl …` in backticks: whole command lines, or commands and options that are only named. */
function mentions(text: string): readonly string[] {
  return [...text.matchAll(/`(fdl [^`\n]+)`/g)].map(([, line = '']) => line);
}

/** `fdl …` in lines of code. */
function commandLines(text: string): readonly string[] {
  const own = codeLines(text).map((line) => line.trim().replace(/^\$ /, ''));
  return own.filter((line) => /(^|\(|&& |sudo |npx )fdl /.test(line));
}

/** Words that stand for something: `fdl … --invocation ID`, `fdl apply FILE [STEP]`. */
const isPattern = (line: string) => /…|\[|\b[A-Z]{3,}\b.*\||fdl [A-Z]/.test(line);

/** Clusters come with a later release, as the README says; examples that run on them name the command already. */
const isPlanned = (line: string) => /^fdl cluster\b/.test(line);

describe.each(documents().map((name) => [name]))('%s', (name) => {
  const text = read(name);

  it('writes command lines that the program takes', async () => {
    for (const line of commandLines(text).filter((each) => !isPattern(each))) {
      expect(await problemWith(line), line).toBeUndefined();
    }
    for (const line of mentions(text).filter((each) => !isPattern(each) && !isPlanned(each))) {
      expect((await problemWith(line)) ?? 'missing', line).toContain('missing');
    }
  });

  it('has YAML that can be read, workflows of GitHub and FDL among it', () => {
    for (const snippet of yamlSnippets(text)) {
      const value = load(snippet) as Pipeline & { readonly functions?: unknown };
      if (value.jobs) expect(validateWorkflow(snippet), snippet).toMatchObject({ errors: [] });
      if (value.functions) expect(findingsIn(snippet), snippet).toEqual([]);
    }
  });

  it('links to what is there', () => {
    const prose = text.replace(/^ *```[\s\S]*?^ *```/gm, '');
    const links = [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = '']) => target);
    for (const link of links.filter((each) => !/^[a-z]+:/i.test(each))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? name : path.join(path.dirname(name), decodeURIComponent(file));
      expect(existsSync(path.join(ROOT, target)), `${link} in ${name}`).toBe(true);
      if (anchor && statSync(path.join(ROOT, target)).isFile())
        expect(anchorsOf(read(target)), link).toContain(anchor);
    }
  });

  it('names scripts that the package has', () => {
    const known = new Set([...Object.keys(manifest.scripts), 'start']);
    for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g)) expect(known).toContain(script);
  });
});

/** What there is to say about an FDL file whose variables are all set. */
function findingsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/\$\{env:(\w+)/g)].map(([, name = '']) => name);
  const environment = Object.fromEntries(names.map((name) => [name, 'value']));
  const { diagnostics } = loadDocument('snippet.yaml', new TextEncoder().encode(text), environment, LANGUAGE);
  return diagnostics.map(({ message }) => message);
}

/** What headings are called in links, as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  const headings = text.match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

describe('CONTRIBUTING.md', () => {
  const text = read('CONTRIBUTING.md');

  it('names every script that people run, with what it does', () => {
    // npm runs it by itself.
    const scripts = Object.keys(manifest.scripts).filter((name) => name !== 'prepare' && name !== 'build');
    for (const name of scripts) expect(text).toContain(name === 'test' ? 'npm test' : `npm run ${name}`);
    const gate = /npm run check +# the gate: (.*)/.exec(text)?.[1];
    expect(gate).toBe('format, lint, types, generated files, unit tests');
    const steps = ['biome ci', 'tsc --noEmit', 'generate.mjs --check', 'vitest run --project unit'];
    const at = steps.map((step) => manifest.scripts.check.indexOf(step));
    expect(at).toEqual(at.filter((place) => place >= 0).sort((a, b) => a - b));
  });

  it('names files that there are, and the Node that the package asks for', () => {
    for (const [, file = ''] of text.matchAll(/(?:`| )((?:test|scripts|docs|\.ci)\/[\w./-]+)/g))
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    expect(manifest.engines.node).toBe(`>=${/Node ([\d.]+) or newer/.exec(text)?.[1]}`);
  });
});

it('finds command lines in every way they are written', () => {
  const indented = 'a `fdl plan x` b\n\n    fdl apply \\\n      w.yaml\n    $ fdl ls\n';
  const fenced = '\n```sh\ncd x && fdl rm y\n```\n\n```yaml\nfdl no\n```\n';
  expect(commandLines(indented + fenced)).toEqual(['cd x && fdl rm y', 'fdl apply        w.yaml', 'fdl ls']);
  expect(mentions(indented)).toEqual(['fdl plan x']);
  const steps = [
    '- run: |',
    '    npm ci',
    '    fdl plan x',
    '- uses: our/fdl@v1',
    '  with: { command: apply, args: --yes }',
  ];
  const pipeline = `\n\`\`\`yaml\njobs:\n  a:\n    steps:\n${steps.map((line) => `      ${line}\n`).join('')}\`\`\`\n`;
  expect(commandLines(pipeline)).toEqual(['fdl plan x', 'fdl apply workflow.yaml --yes']);
});

it('the README names two commands to start with, which do what they say', () => {
  const text = read('README.md');
  expect(text).toContain('npm run quickstart');
  expect(text).toMatch(/npm ci && npm test/);
  expect(existsSync(path.join(ROOT, manifest.scripts.quickstart.replace('node ', '')))).toBe(true);
});
