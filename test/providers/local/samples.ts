/** Workflows, places and records that the tests of this folder share. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { loadDocument } from '../../../src/fdl/document.ts';
import { LANGUAGE } from '../../../src/providers/language.ts';
import { homeAt, type LocalHome } from '../../../src/providers/local/home.ts';
import type { Announced, Queued } from '../../../src/providers/local/journal.ts';
import type { Invocation } from '../../../src/workflow/invocation.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { resolveWorkflow } from '../../../src/workflow/resolve.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

/** The workflow of an FDL text, as a file `shop/workflow.yaml`. */
export function workflowOf(text: string, environment: Readonly<Record<string, string>> = {}): Workflow {
  const { document, diagnostics } = loadDocument(
    '/shop/workflow.yaml',
    Buffer.from(text),
    environment,
    LANGUAGE,
  );
  if (!document) throw new Error(JSON.stringify(diagnostics));
  return resolveWorkflow(document, { workingDirectory: '/', localFiles: false, dialects: LANGUAGE.dialects })
    .workflow;
}

/** An empty home in a folder that goes when the test ends. */
export function newHome(): LocalHome {
  const home = homeAt(path.join(temporaryFolder(), '.fdl/shop'));
  mkdirSync(home.root, { recursive: true });
  return home;
}

/** An invocation that waits: of this step, for a file of this name. */
export function queued(step: string, name: string, changes: Partial<Queued> = {}): Queued {
  const place = { store: 's3.default', namespace: 's3.default', bucket: 'shop', key: `in/${name}` };
  const time = '2026-01-01T00:00:00.000Z';
  return { id: `${step}-${name}`, step, ...place, size: 1, etag: 'e', time, run: 'r1', ...changes };
}

/** A file of a command line that is to become the input `in/NAME`. */
export function announced(name: string, changes: Partial<Announced> = {}): Announced {
  const place = { store: 's3.default', namespace: 's3.default', bucket: 'shop', key: `in/${name}` };
  return { path: `/data/${name}`, ...place, run: 'r1', ...changes };
}

/** How an invocation ended. */
export function ended({ id, step }: Queued, status: Invocation['status'] = 'succeeded'): Invocation {
  return { id, step, status, outputs: [] };
}
