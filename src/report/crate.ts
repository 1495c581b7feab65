/**
 * A run as an RO-Crate, for those who publish: what ran, on what, and what came of it, in words of schema.org. Rules: Workflow
 * Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5), which builds on Process Run Crate 0.5, Workflow RO-Crate 1.0 and
 * RO-Crate 1.1.
 */
import { lookup } from 'mrmime';
import { isFailed } from '../workflow/again.ts';
import type { Invocation, ObjectRef } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { RunReport, StepReport } from '../workflow/report.ts';
import { finalObjects } from '../workflow/results.ts';
import { ledgerOf } from '../workflow/trace.ts';
import { containerEntity } from './crate-image.ts';
import type { Entity } from './entity.ts';

/** The name of the file that makes a folder a crate. */
export const METADATA = 'ro-crate-metadata.json';

interface Ref {
  readonly '@id': string;
}

/** A file of the crate itself. */
export interface CrateFile {
  /** Its path below the crate. */
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  /** Media type. */
  readonly type: string;
  /** Id of the step whose script it is. */
  readonly step?: string;
}

export interface CrateOptions {
  readonly report: RunReport;
  readonly workflow: Workflow;
  /** The FDL file in the crate, and its SHA-256. */
  readonly main: CrateFile & { readonly sha256: string };
  readonly files: readonly CrateFile[];
  /** A URI, or what else there is to say. */
  readonly license: string;
  /** Of this program. */
  readonly version: string;
}

const PROFILES: readonly (readonly [id: string, name: string, version: string])[] = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
];
const LANGUAGE = '#fdl';

/** The metadata of the crate, as the value of its JSON file. */
export function crateMetadata(options: CrateOptions): object {
  const { report, workflow, main, files, license, version } = options;
  const objects = objectsOf(options);
  const parameters = parametersOf(objects);
  const actions = actionsOf(options, objects);
  const images = report.steps.flatMap(({ image }) => (image === undefined ? [] : containerEntity(image)));
  const parts = [main, ...files];
  const root = {
    '@id': './',
    '@type': 'Dataset',
    name: `Run of ${workflow.name}`,
    description: `What the workflow ${workflow.name} ran, on what, and what came of it, as fdl ${version} found it.`,
    datePublished: report.createdAt,
    license,
    conformsTo: PROFILES.map(([id]) => ref(id)),
    mainEntity: ref(main.path),
    hasPart: [...parts.map(({ path }) => ref(path)), ...objects.all.map(({ uri }) => ref(idOf(uri)))],
    ...some(
      'mentions',
      actions.map((action) => ref(action['@id'])),
    ),
  };
  const graph: readonly Entity[] = [
    {
      '@id': METADATA,
      '@type': 'CreativeWork',
      about: ref('./'),
      conformsTo: [ref('https://w3id.org/ro/crate/1.1'), ref(PROFILES[2]?.[0] ?? '')],
    },
    root,
    ...PROFILES.map(([id, name, number]) => ({ '@id': id, '@type': 'CreativeWork', name, version: number })),
    workflowEntity(options, parameters),
    {
      '@id': LANGUAGE,
      '@type': 'ComputerLanguage',
      name: 'FDL',
      alternateName: 'Functions Definition Language',
      url: ref('https://docs.oscar.grycap.net/latest/fdl/'),
    },
    ...files.map(fileEntity),
    ...report.steps.map(stepEntity),
    ...unique(images),
    ...parameters,
    ...objects.all.map((object) => objectEntity(object, objects)),
    ...actions,
  ];
  return {
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': graph,
  };
}

function ref(id: string): Ref {
  return { '@id': id };
}

/** A list as RO-Crate 1.1 has it: one by itself, none not at all. */
function some<Name extends string>(name: Name, list: readonly unknown[]) {
  return list.length === 0 ? {} : { [name]: list.length === 1 ? list[0] : list };
}

function unique(entities: readonly Entity[]): readonly Entity[] {
  return [...new Map(entities.map((entity) => [entity['@id'], entity])).values()];
}

/** The URI of an object as one that every program takes: names of stores may have characters that schemes may not (RFC 3986, 3.1). */
export function idOf(uri: string): string {
  const [scheme = '', ...rest] = uri.split('://');
  const path = rest.join('://').split('/').map(encodeURIComponent).join('/');
  return `${scheme.replace(/[^A-Za-z0-9+.-]/g, '-')}://${path}`;
}

// The files that were worked on.

interface Objects {
  readonly all: readonly ObjectRef[];
  /** URIs of those that came from outside, and of the results. */
  readonly inputs: ReadonlySet<string>;
  readonly results: ReadonlySet<string>;
  /** The URI that an object has here, whichever store it is called by. */
  readonly uriOf: (uri: string) => string;
}

function objectsOf({ report: { invocations }, workflow }: CrateOptions): Objects {
  const { objects, nameOf } = ledgerOf(workflow, invocations);
  const uriOf = (uri: string) => objects.get(nameOf(uri))?.ref.uri ?? uri;
  const all = [...objects.values()];
  return {
    all: all.map((object) => object.ref),
    inputs: new Set(all.filter(({ writers }) => writers.length === 0).map((object) => object.ref.uri)),
    results: new Set(finalObjects(workflow, invocations).map(({ uri }) => uriOf(uri))),
    uriOf,
  };
}

const INPUTS = '#inputs';
const RESULTS = '#results';

/** What the workflow takes and gives; one that has no example here is left out, since that is not allowed. */
function parametersOf({ inputs, results }: Objects): readonly Entity[] {
  const parameter = (id: string, name: string, uris: ReadonlySet<string>) =>
    uris.size === 0
      ? []
      : [
          {
            '@id': id,
            '@type': 'FormalParameter',
            name,
            additionalType: 'File',
            ...some(
              'workExample',
              [...uris].map((uri) => ref(idOf(uri))),
            ),
          },
        ];
  return [...parameter(INPUTS, 'inputs', inputs), ...parameter(RESULTS, 'results', results)];
}

function objectEntity({ uri, size }: ObjectRef, { inputs, results }: Objects): Entity {
  const examples = [...(inputs.has(uri) ? [ref(INPUTS)] : []), ...(results.has(uri) ? [ref(RESULTS)] : [])];
  return {
    '@id': idOf(uri),
    '@type': 'File',
    name: uri.replace(/^.*\//, ''),
    identifier: uri,
    contentSize: String(size),
    encodingFormat: lookup(uri) ?? 'application/octet-stream',
    ...some('exampleOfWork', examples),
  };
}

function fileEntity({ path, name, bytes, type, step }: CrateFile): Entity {
  const kind = step === undefined ? 'File' : ['File', 'SoftwareSourceCode'];
  return { '@id': path, '@type': kind, name, contentSize: String(bytes), encodingFormat: type };
}

// What ran.

function workflowEntity({ main, workflow, report }: CrateOptions, parameters: readonly Entity[]): Entity {
  const has = (id: string) => parameters.filter((each) => each['@id'] === id).map(() => ref(id));
  return {
    ...fileEntity(main),
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'],
    name: workflow.name,
    conformsTo: ref('https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'),
    programmingLanguage: ref(LANGUAGE),
    // A file has no other number, and this one nobody has to keep.
    version: `sha256:${main.sha256}`,
    ...some(
      'hasPart',
      report.steps.map(({ step }) => ref(stepId(step))),
    ),
    ...some('input', has(INPUTS)),
    ...some('output', has(RESULTS)),
  };
}

function stepId(step: string): string {
  return `#step-${encodeURIComponent(step)}`;
}

function stepEntity({ step, where, scriptSha256 }: StepReport): Entity {
  return {
    '@id': stepId(step),
    '@type': 'SoftwareApplication',
    name: step,
    description: `A step that runs on ${where}`,
    ...(scriptSha256 !== undefined && { softwareVersion: `sha256:${scriptSha256}` }),
  };
}

/** The run as a whole, and each invocation that has begun. */
function actionsOf({ report, main, workflow }: CrateOptions, objects: Objects): readonly Entity[] {
  const images = new Map(report.steps.map(({ step, image }) => [step, image && containerEntity(image)[0]]));
  const whole = {
    '@id': '#run',
    '@type': 'CreateAction',
    name: `Run of ${workflow.name}`,
    description: `All of ${report.invocations.length} invocations`,
    instrument: ref(main.path),
    ...some(
      'object',
      [...objects.inputs].map((uri) => ref(idOf(uri))),
    ),
    ...some(
      'result',
      [...objects.results].map((uri) => ref(idOf(uri))),
    ),
    ...times(report),
    ...status(report.failures.length > 0, `${report.failures.length} inputs failed`),
  };
  const single = report.invocations
    .filter(({ startedAt, status: is }) => startedAt !== undefined && is !== 'delegated')
    .map((each) => {
      const image = images.get(each.step);
      return { ...invocationAction(each, objects), ...(image && { containerImage: ref(image['@id']) }) };
    });
  return [whole, ...single];
}

function invocationAction(each: Invocation, { uriOf }: Objects): Entity {
  const { id, step, input, outputs, reason } = each;
  const name = input?.uri.replace(/^.*\//, '') ?? id;
  return {
    '@id': `#invocation-${encodeURIComponent(id)}`,
    '@type': 'CreateAction',
    name: `${step}: ${name}`,
    description: `One run of the step ${step}`,
    instrument: ref(stepId(step)),
    ...(input && { object: ref(idOf(uriOf(input.uri))) }),
    ...some(
      'result',
      outputs.map(({ uri }) => ref(idOf(uriOf(uri)))),
    ),
    ...times(each),
    ...(each.endedAt !== undefined && status(isFailed(each), reason ?? each.status)),
  };
}

/** In the form of ISO 8601 that the profile's own checks take. */
function times({ startedAt, endedAt }: Pick<Invocation, 'startedAt' | 'endedAt'>) {
  const written = (time: string) => time.replace(/Z$/, '+00:00');
  return {
    ...(startedAt !== undefined && { startTime: written(startedAt) }),
    ...(endedAt !== undefined && { endTime: written(endedAt) }),
  };
}

function status(failed: boolean, error: string) {
  const kind = failed ? 'FailedActionStatus' : 'CompletedActionStatus';
  return { actionStatus: `http://schema.org/${kind}`, ...(failed && { error }) };
}
