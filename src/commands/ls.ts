import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { homeAt, localHome } from '../providers/local/home.ts';
import { deployedSteps } from '../providers/local/index.ts';
import type { DeployedStep } from '../providers/provider.ts';
import type { Style } from '../terminal/style.ts';
import type { CommandContext, Handler } from './command.ts';
import { loadWorkflow, requireLocal, type WorkflowOptions } from './workflow-file.ts';

interface Deployed {
  readonly workflow: string;
  readonly steps: readonly DeployedStep[];
}

/** Lists what is set up: of one file, or everything in the local state of the working directory. */
export const run: Handler = async (context, [file], options: WorkflowOptions) => {
  requireLocal(context, options);
  const workflows = file === undefined ? listAll(context) : [await listOne(context, String(file), options)];
  const { terminal } = context;
  if (terminal.json) terminal.data({ workflows });
  else terminal.out(listText(workflows, terminal.outStyle));
  return 0;
};

async function listOne(context: CommandContext, file: string, options: WorkflowOptions): Promise<Deployed> {
  const { workflow } = await loadWorkflow(context, file, options, 'look');
  return { workflow: workflow.name, steps: deployedSteps(localHome(workflow, context.environment)) };
}

function listAll({ environment, workingDirectory }: CommandContext): readonly Deployed[] {
  const base = resolve(workingDirectory, environment['FDL_HOME'] || '.fdl');
  const names = existsSync(base)
    ? readdirSync(base).filter((name) => statSync(join(base, name)).isDirectory())
    : [];
  return names.sort().map((workflow) => ({ workflow, steps: deployedSteps(homeAt(join(base, workflow))) }));
}

function listText(workflows: readonly Deployed[], style: Style): string {
  if (workflows.length === 0) return 'No workflow is set up here: fdl apply FILE --local';
  return workflows
    .map(({ workflow, steps }) => {
      const width = Math.max(0, ...steps.map(({ step }) => step.length));
      const lines = steps.map(({ step, provider, mode, state, url }) => {
        return `  ${step.padEnd(width)}  ${style('dim', `${provider} ${mode}`)}  ${state}${url ? `  ${url}` : ''}`;
      });
      return [style('bold', workflow), ...(lines.length > 0 ? lines : ['  not set up'])].join('\n');
    })
    .join('\n');
}
