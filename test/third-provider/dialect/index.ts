/** What the farm knows of the language. */
import { eachStep, problem, type Rule } from '../../../src/workflow/check.ts';
import type { Dialect, MadeStep, NamedEntry } from '../../../src/workflow/dialect.ts';
import type { Step } from '../../../src/workflow/model.ts';
import { resolveScript } from '../../../src/workflow/scripts.ts';
import { defined, readFolders, type StepContext } from '../../../src/workflow/steps.ts';
import type { FarmJob } from './schema.ts';

export interface FarmStep extends Step {
  readonly provider: 'farm';
  readonly settings: FarmJob;
}

export function isFarm(step: Step): step is FarmStep {
  return step.provider === 'farm';
}

const cores: Rule<FarmStep> = (step, { at }) => {
  const { cores: wanted = 1 } = step.settings;
  if (wanted <= 64) return [];
  const message = `the farm has no machine with ${wanted} cores`;
  return [problem(step, 'farm-cores', message, at(step, 'cores'), 'Write a number up to 64.')];
};

export const farmDialect: Dialect = {
  name: 'farm',
  schema: async () => (await import('./schema.ts')).farmSchema,
  entryForm: 'entries with a partition',
  naming: { section: [], what: 'the job', hint: 'Add "name:".' },
  entries: (list, path) =>
    (list as readonly FarmJob[]).map((settings, index) => {
      return { path: [...path, index], name: settings.name?.trim() ?? '', scope: 'farm', settings };
    }),
  step: (context, entry) => farmStep(context, entry as NamedEntry<FarmJob>),
  checks: [eachStep(isFarm, [cores])],
  hears: (_step, { kind }) => kind === 's3',
  hearingHint: 'The farm listens to "storage_provider: s3".',
  needs: (_step, { kind }) => (kind === 's3' ? [] : undefined),
};

function farmStep(context: StepContext, entry: NamedEntry<FarmJob>): MadeStep {
  const { id, path, settings } = entry;
  const place = context.document.place([...path, 'script']);
  const { script, diagnostics } = resolveScript(settings.script, place, context.bases, id);
  const inputs = readFolders(context, entry, 'input', settings.input ?? [], 's3.default');
  const outputs = readFolders(context, entry, 'output', settings.output ?? [], 's3.default');
  const step: FarmStep = {
    id,
    name: settings.name ?? '',
    provider: 'farm',
    mode: 'job',
    where: `farm ${settings.partition ?? 'main'}`,
    ...defined({ script }),
    inputs: inputs.folders,
    outputs: outputs.folders,
    environment: {},
    limits: { gpus: 0, cpus: settings.cores ?? 1 },
    serves: false,
    listensTo: ['s3'],
    place: context.document.place(path),
    settings,
  };
  return { step, diagnostics: [...inputs.diagnostics, ...outputs.diagnostics, ...diagnostics] };
}
