/** What stands in for clouds and for registries, made of the sources of the tests: Node 20 does not run TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const AWS = `
export { startAws } from './test/standins/aws/index.ts';
export * from './test/e2e/faults.ts';
export * from './test/e2e/image-lab.ts';
`;

/** What modules export, bundled into a folder that is removed at once; by default those for AWS and for faults. */
export async function loadStandins(contents = AWS) {
  // Below what is built, where programs for images are looked for.
  const folder = mkdtempSync(join(root, 'dist', 'bench-'));
  try {
    const outfile = join(folder, 'standins.mjs');
    const banner =
      "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);";
    await build({
      absWorkingDir: root,
      stdin: { contents, resolveDir: root },
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: banner },
      // Programs that stand beside the sources are there, and not beside the bundle.
      define: { 'import.meta.dirname': JSON.stringify(join(root, 'test/standins')) },
      outfile,
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
