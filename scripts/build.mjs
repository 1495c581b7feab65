/** Builds `dist/`: the command line as split ES modules, and the supervisor and the events' gateway as one file each. */
import { renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';
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
  banner,
  minifySyntax: true,
  minifyIdentifiers: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Compiles the validator, then bundles. Modules that a command does not use are in files that it does not load. */
export async function build({ target = join(root, 'dist') } = {}) {
  // Beside the target, then in its place at once: a program that runs meanwhile finds either all or nothing changed.
  const outdir = `${target}.${process.pid}`;
  const schema = await loadSchema(root);
  await writeFile(join(root, 'src/providers/validator.generated.js'), validatorSource(schema));
  await writeFile(join(root, 'src/providers/fields.generated.js'), fieldsSource(schema));
  await Promise.all([
    bundle({
      ...shared,
      entryPoints: { main: 'src/main.ts' },
      outdir,
      splitting: true,
      chunkNames: 'parts/[name]-[hash]',
    }),
    bundle({
      ...shared,
      entryPoints: { supervisor: 'src/supervisor/main.ts', gateway: 'src/supervisor/gateway.ts' },
      // ES modules let esbuild leave out what is not used: a fifth of the file.
      mainFields: ['module', 'main'],
      outdir,
      outExtension: { '.js': '.mjs' },
    }),
  ]);
  rmSync(target, { recursive: true, force: true });
  renameSync(outdir, target);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build();
