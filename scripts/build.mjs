/**
 * Builds `dist/`: the command line and the library in parts that are loaded as they are needed, and the supervisor and the
 * events' gateway as one file each.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle, transform } from 'esbuild';
import { bundledPackages, noticesComment, noticesText } from './notices.mjs';
import { fieldsSource, loadSchema, validatorSource } from './schema.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// CommonJS dependencies call `require`, which ES modules do not have.
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // ES modules let esbuild leave out what is not used: most of the clients of AWS.
  mainFields: ['module', 'main'],
  banner,
  minifySyntax: true,
  minifyIdentifiers: true,
  minifyWhitespace: true,
  // What they would say is in the notices.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/**
 * Lets esbuild leave out of the clients of AWS what they say of calls that are not used. Their schemas name traits by
 * constants, `{ [_xN]: "…" }`, and esbuild takes a computed key for something that may have effects: of EC2 alone, half a
 * megabyte was loaded with each call. A constant that is a text is as good in place of its name.
 */
const plainSchemas = {
  name: 'plain-schemas',
  setup(build) {
    build.onLoad({ filter: /[\\/]dist-es[\\/].*schemas_\d+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\\n]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      const contents = text.replace(/\[(_\w+)\]:/g, (whole, name) =>
        constants.has(name) ? `${constants.get(name)}:` : whole,
      );
      return { contents, loader: 'js' };
    });
  },
};

/** Compiles the validator, then bundles. Modules that a command does not use are in files that it does not load. */
export async function build({ target = join(root, 'dist') } = {}) {
  // Beside the target, then in its place at once: a program that runs meanwhile finds either all or nothing changed.
  const outdir = `${target}.${process.pid}`;
  const { split, programs } = await bundleAll({ outdir });
  await writeParts(outdir, split);
  for (const { name, metafile } of programs)
    await appendFile(join(outdir, `${name}.mjs`), noticesComment(bundledPackages(root, [metafile])));
  rmSync(target, { recursive: true, force: true });
  renameSync(outdir, target);
}

/** What `THIRD-PARTY-NOTICES` is to say: of all that is bundled. */
export async function notices() {
  const { split, programs } = await bundleAll({ outdir: join(root, 'dist'), write: false });
  return noticesText(bundledPackages(root, [split.metafile, ...programs.map(({ metafile }) => metafile)]));
}

/** Answers what esbuild says of the command line with the library, and of each of the programs of one file. */
async function bundleAll(where) {
  const schema = await loadSchema(root);
  await writeFile(join(root, 'src/providers/validator.generated.js'), validatorSource(schema));
  await writeFile(join(root, 'src/providers/fields.generated.js'), fieldsSource(schema));
  const [split, ...programs] = await Promise.all([
    bundle({
      ...shared,
      outdir: where.outdir,
      write: false,
      banner: {},
      entryPoints: { main: 'src/commands/main.ts', session: 'src/session/index.ts' },
      splitting: true,
      define: { FDL_COMMIT: JSON.stringify(commitOf(root)), 'import.meta.url': 'FDL_URL' },
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      plugins: [plainSchemas, withoutFieldTexts, loadedTogether],
    }),
    program('supervisor', 'src/supervisor/main.ts', where),
    program('gateway', 'src/supervisor/gateway.ts', where),
  ]);
  return { split, programs };
}

/** Writes the parts as `src/start.ts` loads them, that itself, and the library as a module. */
async function writeParts(outdir, { outputFiles, metafile }) {
  const folder = join(outdir, 'parts');
  mkdirSync(folder, { recursive: true });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => writeFile(join(folder, basename(path)), await partOf(text))),
  );
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint);
  const entry = (source) => entries.find(([, { entryPoint }]) => entryPoint === source);
  const [main] = entry('src/commands/main.ts');
  const [session, { exports }] = entry('src/session/index.ts');
  const parts = { main: basename(main), session: basename(session) };
  await bundle({
    ...shared,
    banner: {},
    format: 'cjs',
    outfile: join(outdir, 'start.cjs'),
    entryPoints: ['src/start.ts'],
    define: { FDL_PARTS: JSON.stringify(parts) },
  });
  const library = `import start from './start.cjs';\nexport const { ${exports.join(', ')} } = start.session();\n`;
  await writeFile(join(outdir, 'session.js'), library);
}

/** A module as the function that `src/start.ts` calls. */
async function partOf(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    // Modules would be loaded by Node: promises of parts are wanted.
    supported: { 'dynamic-import': false },
  });
  const linked = code.replace(/\brequire\("\.\/([\w-]+\.js)"\)/g, 'FDL_PART("$1")');
  return `(function(module,exports,require,FDL_PART,FDL_URL){"use strict";${linked.trimEnd()}\n})`;
}

/** The build has compiled the schema: programs have no use for what providers made it of. */
const withoutFieldTexts = {
  name: 'without-field-texts',
  setup: (build) => build.onLoad({ filter: /\/dialect\/schema(\/index)?\.ts$/ }, () => ({ contents: '' })),
};

/**
 * Keeps together what is loaded together. esbuild makes a file of each set of modules that the same parts share: with many
 * parts that are loaded when needed, a command came in forty files, most of them tiny, and each takes a third of a
 * millisecond. Every such part says here what is there before it is loaded, so that this is shared by all and lies in one
 * file: the front of the command line for its commands, the session for providers and for the commands that open one.
 */
const loadedTogether = {
  name: 'loaded-together',
  setup(build) {
    const sources = new Map(
      readdirSync(join(root, 'src'), { recursive: true })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => [join(root, 'src', file), readFileSync(join(root, 'src', file), 'utf8')]),
    );
    const front = ['commands/front.ts'];
    const pathsOf = (files) => files.map((file) => join(root, 'src', file));
    const before = (part, text) => {
      // Commands that work with a cluster by its id open no session, and so need nothing of the language.
      if (/\/src\/providers\/\w+\/clusters\//.test(part)) return [];
      if (/\/src\/(providers|session)\//.test(part)) return pathsOf(['session/index.ts']);
      if (!/\/src\/(commands|terminal)\//.test(part)) return [];
      const opensSession = text.includes("'./open-session.ts'");
      return pathsOf(opensSession ? [...front, 'session/index.ts'] : front);
    };
    const parts = new Map();
    for (const [file, text] of sources)
      for (const [, target] of text.matchAll(/import\('(\.[^']+\.ts)'\)/g)) {
        const part = resolve(dirname(file), target);
        const loaded = before(part, sources.get(part) ?? '').filter((path) => path !== part);
        if (loaded.length > 0) parts.set(part, loaded.map((path) => `import '${path}';`).join('\n'));
      }
    build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
      parts.has(path) ? { contents: `${sources.get(path)}\n${parts.get(path)}\n`, loader: 'ts' } : undefined,
    );
  },
};

/** The commit that is built; none outside of a checkout. */
function commitOf(folder) {
  // Not that of another project whose folder this one lies in.
  if (!existsSync(join(folder, '.git'))) return '';
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return '';
  }
}

async function program(name, entry, where) {
  const { metafile } = await bundle({
    ...shared,
    ...where,
    entryPoints: { [name]: entry },
    plugins: [plainSchemas],
    outExtension: { '.js': '.mjs' },
  });
  return { name, metafile };
}

/** `from '../errors.ts'`, `import('./x.ts')`: what stands before and behind the extension. */
const RELATIVE = /((?:from |import\()'\.[^']+)\.ts(')/g;

/** Writes the types of the library to `dist/types`, as far as its own types name them. */
export function buildTypes({ target = join(root, 'dist/types') } = {}) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['-p', join(root, 'tsconfig.types.json'), '--outDir', target];
  execFileSync(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' });
  const needed = new Set([join(target, 'session/index.d.ts')]);
  // It grows as it is walked through.
  for (const file of needed) {
    // The compiler leaves the names of sources in declarations, where programs expect those of modules.
    const text = readFileSync(file, 'utf8').replace(RELATIVE, '$1.js$2');
    for (const [, , name] of text.matchAll(/(['"])(\.[^'"]+)\.js\1/g))
      needed.add(resolve(dirname(file), `${name}.d.ts`));
    writeFileSync(file, text);
  }
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(file)) rmSync(file);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build();
  buildTypes();
}
