import { type ResourceNode, resourceGraph } from '../deploy/graph.ts';
import type { Deployment, Workflow } from '../session/index.ts';
import { graphText } from '../terminal/graph-text.ts';
import { resourcesDot, resourcesMermaid, resourcesText } from '../terminal/resources-graph.ts';
import { dotText, mermaidText } from '../workflow/draw.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fileOf, openSession } from './open-session.ts';

/** Draws what the file says, also where it could not be deployed: a picture helps to see why. */
export const run: Handler = async (context, [file], options) => {
  const { terminal } = context;
  const session = await openSession(context, fileOf(context, file), options, 'look');
  const { workflow } = session;
  if (options['resources'] === true)
    return drawResources(context, await session.plan({ offline: true }), options);
  if (terminal.json) terminal.data(documentOf(workflow));
  else if (options['format'] === 'mermaid') terminal.out(mermaidText(workflow));
  else if (options['format'] === 'dot') terminal.out(dotText(workflow));
  else terminal.out(graphText(workflow, terminal.outStyle, terminal.width));
  return 0;
};

export function documentOf({ name, steps, links }: Workflow) {
  const shown = steps.map(({ id, provider, mode, image }) => ({ step: id, provider, mode, image }));
  return { workflow: name, steps: shown, links };
}

function drawResources(
  { terminal }: CommandContext,
  { plan }: Deployment,
  { format }: Readonly<Record<string, unknown>>,
): ExitCode {
  const graph = resourceGraph(plan.actions.flatMap(({ resource }) => resource ?? []));
  if (terminal.json) terminal.data(resourcesDocument(plan.workflow, graph));
  else if (format === 'mermaid') terminal.out(resourcesMermaid(graph));
  else if (format === 'dot') terminal.out(resourcesDot(graph));
  else terminal.out(resourcesText(plan.workflow, graph, terminal.outStyle));
  return 0;
}

export function resourcesDocument(workflow: string, graph: readonly ResourceNode[]) {
  const resources = graph.map(({ id, after, resource: { kind, step } }) => ({ kind, id, step, after }));
  return { workflow, resources };
}
