/**
 * OSCAR files of other projects, applied to a fake cluster of one of three releases (another one each day, see `sample.ts`),
 * applied again, changed, and removed with their data intact.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FdlError } from '../../src/errors.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import type { OscarStep } from '../../src/providers/oscar/dialect/step.ts';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import { blocking, readWorkflow } from '../../src/workflow/read.ts';
import { CORPUS, corpusFiles, ROOT } from '../corpus/folder.ts';
import { applyOn, planned, planOn, type Urls, unhappy } from '../providers/oscar/deploying.ts';
import { tried } from '../sample.ts';
import { startMemoryS3 } from '../standins/oscar/memory-s3.ts';
import { type Oscar, startOscar } from '../standins/oscar/oscar.ts';

const files = corpusFiles();
const RELEASES = ['3.6.1', '4.0.0', '4.1.2'];
const GOLDEN = join(import.meta.dirname, '../golden/oscar-verdicts.txt');
const isAll = tried(RELEASES).length === RELEASES.length;

/**
 * The steps of a file that are on clusters, or why it is not applied. Its scripts are not in the folder, nor are values
 * of its variables.
 */
async function read(file: string): Promise<Workflow | string | undefined> {
  const options = { language: LANGUAGE, environment: {}, workingDirectory: ROOT, localFiles: false };
  const { workflow, diagnostics } = await readWorkflow(join(CORPUS, file), options);
  if (!workflow)
    return /^\s*oscar:/m.test(readFileSync(join(CORPUS, file), 'utf8')) ? 'not valid' : undefined;
  const steps = workflow.steps.filter(isOscar).map(withScript);
  if (steps.length === 0) return undefined;
  const codes = blocking(diagnostics, 'cloud').map(({ code }) => code);
  if (codes.length > 0) return `not applied: ${[...new Set(codes)].join(', ')}`;
  return { ...workflow, steps };
}

function isOscar(step: Step): step is OscarStep {
  return step.provider === 'oscar';
}

function withScript(step: OscarStep): OscarStep {
  const { script } = step;
  return script?.kind === 'file'
    ? { ...step, script: { kind: 'inline', text: '#!/bin/sh\n', place: script.place } }
    : step;
}

interface Lab {
  readonly clusters: readonly Oscar[];
  readonly urls: Urls;
  stop(): Promise<void>;
}

async function openLab(release: string, { clusters: named }: Workflow): Promise<Lab> {
  const s3 = await startMemoryS3();
  const clusters = await Promise.all(
    named.map(async () => {
      const memory = await startMemoryS3();
      const settings = { s3Endpoint: s3.url };
      return { memory, oscar: await startOscar({ release, s3: memory.url, settings }) };
    }),
  );
  return {
    clusters: clusters.map(({ oscar }) => oscar),
    urls: Object.fromEntries(named.map(({ id }, index) => [id, clusters[index]?.oscar.url ?? ''])),
    stop: async () => {
      await Promise.all(clusters.map(({ oscar }) => oscar.stop()));
      await Promise.all([s3, ...clusters.map(({ memory }) => memory)].map((each) => each.stop()));
    },
  };
}

/** What becomes of a file on one release, in a few words. */
async function verdict(workflow: Workflow, release: string): Promise<string> {
  const lab = await openLab(release, workflow);
  try {
    return await lifeOf(workflow, lab);
  } catch (error) {
    if (error instanceof FdlError) return `${error.code}: ${error.message}`;
    throw error;
  } finally {
    await lab.stop();
  }
}

async function lifeOf(workflow: Workflow, lab: Lab): Promise<string> {
  const { clusters, urls } = lab;
  const applied = await applyOn(workflow, urls);
  const failed = unhappy(applied);
  if (failed.length > 0) return `failed: ${failed.join('; ')}`;
  const again = await planOn(workflow, urls);
  const data = await fill(clusters);
  const changed = await applyOn(withVariable(workflow), urls);
  const settled = await planOn(withVariable(workflow), urls);
  await endJobs(clusters);
  const removed = await applyOn(workflow, urls, { remove: true });
  const problems = [
    ...planned(again.plan).map((text) => `again: ${text}`),
    ...unhappy(changed).map((text) => `changed: ${text}`),
    ...planned(settled.plan).map((text) => `after the change: ${text}`),
    ...unhappy(removed)
      .filter((text) => !/has \d+ files?; --delete-data|with all files on it|needed by/.test(text))
      .map((text) => `removed: ${text}`),
    ...((await sameData(clusters, data)) ? [] : ['data was lost']),
    ...clusters.flatMap(leftOn),
  ];
  const notes = again.notes.filter((text) => text.includes('does not know'));
  const left = notes.length > 0 ? [`${notes.length} fields left out`] : [];
  return ['fine', ...left, ...problems].join('; ');
}

/** Nothing runs here, so that jobs of folders that were made would wait for ever, and keep their services. */
async function endJobs(clusters: readonly Oscar[]): Promise<void> {
  for (const { cluster, settled } of clusters) {
    await settled();
    cluster.jobs.splice(0);
  }
}

function leftOn({ cluster }: Oscar): readonly string[] {
  return [...cluster.services.keys()].map((name) => `left: ${name}`);
}

/** Every step with one more variable. */
function withVariable(workflow: Workflow): Workflow {
  const steps = workflow.steps.filter(isOscar).map((step) => {
    const { environment } = step.settings;
    const variables = { ...environment?.Variables, ...environment?.variables, CHANGED: 'yes' };
    const rest = { ...(environment?.secrets && { secrets: environment.secrets }) };
    return { ...step, settings: { ...step.settings, environment: { ...rest, variables } } };
  });
  return { ...workflow, steps: steps as readonly Step[] };
}

/** A file in every bucket. */
async function fill(clusters: readonly Oscar[]): Promise<readonly (readonly string[])[]> {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  return Promise.all(
    clusters.map(async ({ minio }) => {
      const buckets = await minio.buckets();
      for (const Bucket of buckets) {
        await minio.client.send(
          new PutObjectCommand({ Bucket, Key: 'kept/file', Body: 'x', ContentLength: 1 }),
        );
      }
      return buckets;
    }),
  );
}

async function sameData(clusters: readonly Oscar[], data: readonly (readonly string[])[]): Promise<boolean> {
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
  const found = await Promise.all(
    clusters.flatMap(({ minio }, index) =>
      (data[index] ?? []).map((Bucket) =>
        minio.client.send(new HeadObjectCommand({ Bucket, Key: 'kept/file' })).then(
          () => true,
          () => false,
        ),
      ),
    ),
  );
  return found.every(Boolean);
}

/** What becomes of a file, in a line for each release that is tried; none where it has no services. */
async function linesOf(file: string, number: number): Promise<readonly string[]> {
  const workflow = await read(file);
  if (workflow === undefined) return [];
  if (typeof workflow === 'string') return [`${file}: ${workflow}`];
  const lines: string[] = [];
  for (const release of tried(RELEASES, number))
    lines.push(`${file} on ${release}: ${await verdict(workflow, release)}`);
  return lines.map((line) => line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'));
}

describe.skipIf(files.length === 0)('OSCAR files of other projects', () => {
  const found: string[] = [];
  const numbered = files.map((file, number) => [file, number] as const);

  it.each(numbered)('%s is set up, stays as it is, changes and goes', async (file, number) => {
    const lines = await linesOf(file, number);
    found.push(...lines);
    expect(lines.join('\n')).not.toContain('data was lost');
  });

  it('end as they did before', async () => {
    // What is not tried today is as it was; `FDL_TEST_ALL=1 npx vitest … -u` writes all anew.
    const before = readFileSync(GOLDEN, 'utf8').trim().split('\n');
    const placeOf = (line: string) => line.slice(0, line.indexOf(': '));
    const now = new Map(found.map((line) => [placeOf(line), line]));
    const all = isAll ? found : before.map((line) => now.get(placeOf(line)) ?? line);
    await expect(`${all.join('\n')}\n`).toMatchFileSnapshot(GOLDEN);
    expect(found.filter((line) => !all.includes(line))).toEqual([]);
  });
});
