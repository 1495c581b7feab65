/** A step as the supervisor knows it. */
import { reveal, Secret, type Text } from '../../secret.ts';
import type { StepConfig } from '../../supervisor/config.ts';
import type { Folder, Step, Workflow } from '../../workflow/model.ts';
import type { LocalHome } from './home.ts';
import { scriptPath } from './kinds/step.ts';

/** The configuration of a step; secret variables travel apart, see `secretsOf`. */
export function stepConfig(workflow: Workflow, step: Step, home: LocalHome): StepConfig {
  const { timeoutSeconds } = step.limits;
  return {
    workflow: workflow.name,
    step: step.id,
    ...(step.script && { script: scriptPath(home, step.id) }),
    inputs: step.inputs.map(configFolder),
    outputs: step.outputs.map((output) => {
      return { ...configFolder(output), prefixes: output.prefixes, suffixes: output.suffixes };
    }),
    environment: variables(step, (value) => !(value instanceof Secret)),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(step.fetchesInput && { stageIn: false }),
    stores: workflow.stores.map(({ id, kind, verifyTls }) => ({ id, kind, verifyTls })),
  };
}

/** The secret variables of a step. */
export function secretsOf(step: Step): Readonly<Record<string, string>> {
  return variables(step, (value) => value instanceof Secret);
}

function variables(step: Step, wanted: (value: Text) => boolean): Readonly<Record<string, string>> {
  const chosen = Object.entries(step.environment).filter(([, value]) => wanted(value));
  return Object.fromEntries(chosen.map(([name, value]) => [name, reveal(value)]));
}

function configFolder({ store, bucket, prefix }: Folder) {
  return { store, bucket, prefix };
}
