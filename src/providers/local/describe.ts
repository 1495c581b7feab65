/** What actions on this machine mean in words. */
import { readFileSync } from 'node:fs';
import type { PlannedAction } from '../../deploy/action.ts';
import type { Description } from '../../deploy/description.ts';
import type { Workflow } from '../../workflow/model.ts';
import { readScript } from '../script.ts';
import type { LocalHome } from './home.ts';
import { type StepProps, scriptPath } from './kinds/step.ts';

/** The main properties of steps that are new, and what differs in their scripts. */
export function describeLocal(
  workflow: Workflow,
  home: LocalHome,
  { action, kind, step: id, resource, changes }: PlannedAction,
): Description | undefined {
  const step = workflow.steps.find((each) => each.id === id);
  if (kind === 'local/history' && action === 'create')
    return { lines: [['what ran, and what scripts wrote']] };
  if (kind !== 'local/step' || !step) return undefined;
  if (action === 'create') return { lines: [stepInWords((resource?.props ?? {}) as StepProps)] };
  const { script } = step;
  if (!script || !changes.some(({ path }) => path === 'script')) return undefined;
  const before = textOr(() => readFileSync(scriptPath(home, step.id)));
  const after = textOr(() => readScript(script));
  return { lines: [], wordings: { script: { before, after } } };
}

function stepInWords({ image, mounts = [], inputs, outputs }: StepProps): readonly string[] {
  return [
    ...(image ? [`image ${image}`] : []),
    ...mounts.map((mount) => `has the files of ${mount}`),
    ...inputs.map((uri) => `files in ${shortUri(uri)} start it`),
    ...outputs.map(({ folder }) => `writes to ${shortUri(folder)}`),
  ];
}

/** `s3://bucket/folder` for the store that every file has. */
function shortUri(uri: string): string {
  return uri.replace(/^(\w+)\.default:/, '$1:');
}

/** Nothing where there is no such file. */
function textOr(read: () => Buffer): string {
  try {
    return read().toString();
  } catch {
    return '';
  }
}
