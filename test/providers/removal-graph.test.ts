/**
 * What a workflow is removed by has the same ids and dependencies as what it was made by, and names nothing that is not
 * there: for every field of the schema, and for files of other projects.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { resourceGraph } from '../../src/deploy/graph.ts';
import type { Resource } from '../../src/deploy/resource.ts';
import { FdlError } from '../../src/errors.ts';
import type { Field } from '../../src/fdl/schema/field.ts';
import { awsDesired } from '../../src/providers/aws/desired/index.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { oscarDesired } from '../../src/providers/oscar/desired.ts';
import { clusterIds, type OscarFacts } from '../../src/providers/oscar/facts.ts';
import type { Purpose } from '../../src/providers/provider.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { readWorkflow } from '../../src/workflow/read.ts';
import { readText } from '../fdl/read-text.ts';
import { fieldsOf, SCHEMA } from '../fdl/schema-fields.ts';
import { tried } from '../sample.ts';
import { factsOf, givenImages } from './aws/workflows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const corpus = resolve(root, process.env['FDL_TEST_CORPUS'] ?? '../shared/corpus');
const files = existsSync(corpus) ? readdirSync(corpus).filter((file) => /\.ya?ml$/.test(file)) : [];

if (files.length === 0) {
  console.warn(
    `NOT TESTED: there are no FDL files in ${corpus}. Set FDL_TEST_CORPUS to a folder that has them.`,
  );
}

function oscarFacts(workflow: Workflow, purpose: Purpose): OscarFacts {
  const minio = { verify: true, access_key: 'minio', secret_key: 'secret', region: 'us-east-1' };
  const cluster = (id: string) => {
    const own = { ...minio, endpoint: `https://s3.${id}` };
    const known = { owner: 'cluster_admin', isServerless: true };
    return { endpoint: `https://${id}`, release: '4.1.2', minio: own, ...known };
  };
  return {
    purpose,
    clusters: new Map(clusterIds(workflow).map((id) => [id, cluster(id)])),
    scripts: new Map(),
    members: new Map(),
    closed: new Set(),
    warnings: [],
  };
}

/** As if all clusters had told where their stores are, everybody had keys, and every step an image. */
function completed(workflow: Workflow): Workflow {
  const credentials = { access_key: 'key', secret_key: 'secret' };
  const stores = workflow.stores.map((store) => {
    return { ...store, endpoint: 'https://store', credentials: { ...credentials, ...store.credentials } };
  });
  // Some files are forms to be filled in.
  const isName = ({ image = '<>' }: { readonly image?: string | undefined }) => !image.includes('<');
  const steps = workflow.steps.map((step) => (isName(step) ? step : { ...step, image: 'busybox' }));
  return { ...workflow, stores, steps };
}

/** Ids with what comes before each, in order. @throws FdlError where something that is named is not there */
function graphOf(read: Workflow, purpose: Purpose) {
  const workflow = completed(read);
  const aws = factsOf(workflow, { remove: purpose === 'remove', image: givenImages });
  const resources: readonly Resource[] = [
    ...awsDesired(workflow, aws),
    ...oscarDesired(workflow, oscarFacts(workflow, purpose), { endpoint: () => undefined }),
  ];
  return resourceGraph(resources).map(({ id, after }) => ({ id, after: [...after].sort() }));
}

function applied(workflow: Workflow) {
  try {
    return graphOf(workflow, 'apply');
  } catch (thrown) {
    if (thrown instanceof FdlError && thrown.code === 'input-not-watched') return undefined;
    throw thrown;
  }
}

/** A value that a field takes, given what kind of field it is; several where they make a difference. */
function valuesFor({ path, field }: { readonly path: string; readonly field: Field }): readonly unknown[] {
  const [words] = (field['anyOf'] ?? []) as readonly { readonly enum?: readonly string[] }[];
  if (words?.enum) return words.enum;
  const scalar = field['x-scalar'];
  if (scalar === 'flag') return [true, false];
  if (scalar === 'integer' || scalar === 'number') return [1, 2];
  if (/role|Arn|boundary/i.test(path)) return ['arn:aws:iam::{account_id}:role/mine'];
  if (/region$/.test(path)) return ['eu-west-3'];
  return scalar ? ['other'] : [{}];
}

type Json = { [key: string]: unknown };

/** Puts a value into an entry at a path such as `lambda.input[].path`. */
function put(entry: Json, path: string, value: unknown): void {
  const names = path.replaceAll('<*>', 'some_name').split('.');
  const last = names.pop() ?? '';
  let inside = entry;
  for (const each of names) {
    const name = each.replace('[]', '');
    inside[name] ??= each.endsWith('[]') ? [{}] : {};
    const below = inside[name];
    inside = (Array.isArray(below) ? below[0] : below) as Json;
  }
  inside[last.replace('[]', '')] = last.endsWith('[]') ? [value] : value;
}

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1';

/** An entry of `functions.aws` that uses what others refer to. */
function entryOf(mode: string, given: boolean): Json {
  const container = given ? { image: ECR, create_image: false } : { image: 'busybox' };
  const folder = (path: string) => [{ storage_provider: 's3', path }];
  return {
    lambda: {
      ...{ name: 'step', execution_mode: mode, init_script: 'run.sh', container, function_url: true },
      ...{ input: folder('bucket/in'), output: folder('bucket/out') },
    },
  };
}

const PREFIX = 'functions.aws[].';
const leaves = fieldsOf(SCHEMA).filter(
  ({ path, field }) => path.startsWith(PREFIX) && !field['properties'] && !field['items'],
);

describe('the graph to remove a workflow is the one to make it', () => {
  test.each(
    [
      ['lambda', false],
      ['lambda', true],
      ['batch', true],
      ['lambda-batch', false],
    ].map((each, number) => [...each, number] as [string, boolean, number]),
  )('for every field of a function, %s, given image: %s', async (mode, given, number) => {
    let read = 0;
    // Every field is tried in one mode or two, each day in others.
    for (const leaf of tried(leaves, number)) {
      for (const value of valuesFor(leaf)) {
        const entry = entryOf(mode, given);
        put(entry, leaf.path.slice(PREFIX.length), value);
        const { workflow } = await readText(JSON.stringify({ functions: { aws: [entry] } }));
        const what = `${leaf.path}: ${JSON.stringify(value)}`;
        // Some values are refused before anything is desired.
        if (!workflow) continue;
        read += 1;
        expect(graphOf(workflow, 'remove'), what).toEqual(graphOf(workflow, 'apply'));
      }
    }
    expect(read).toBeGreaterThan(50);
  });

  test.skipIf(files.length === 0)('for files of other projects', async () => {
    let read = 0;
    for (const file of files) {
      const options = { language: LANGUAGE, environment: {}, workingDirectory: root, localFiles: false };
      const { workflow } = await readWorkflow(join(corpus, file), options);
      if (!workflow) continue;
      const removed = graphOf(workflow, 'remove');
      // What a cluster cannot do is refused when it is to be made.
      const made = applied(workflow);
      if (made === undefined) continue;
      read += 1;
      expect(removed, file).toEqual(made);
    }
    expect(read).toBeGreaterThan(50);
  });
});
