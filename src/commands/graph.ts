import { resourceGraph } from '../deploy/graph.ts';
import type { Deployment } from '../session/index.ts';
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
  if (terminal.json) {
    const steps = workflow.steps.map(({ id, provider, mode, image }) => ({ id, provider, mode, image }));
    terminal.data({ workflow: workflow.name, steps, links: workflow.links });
  } else if (options['format'] === 'mermaid') terminal.out(mermaidText(workflow));
  else if (options['format'] === 'dot') terminal.out(dotText(workflow));
  else terminal.out(graphText(workflow, terminal.outStyle, terminal.width));
  return 0;
};

function drawResources(
  { terminal }: CommandContext,
  { plan }: Deployment,
  { format }: Readonly<Record<string, unknown>>,
): ExitCode {
  const graph = resourceGraph(plan.actions.flatMap(({ resource }) => resource ?? []));
  const resources = graph.map(({ id, after, resource: { kind, step } }) => ({
    id,
    kind,
    step: step ?? null,
    after,
  }));
  if (terminal.json) terminal.data({ workflow: plan.workflow, resources });
  else if (format === 'mermaid') terminal.out(resourcesMermaid(graph));
  else if (format === 'dot') terminal.out(resourcesDot(graph));
  else terminal.out(resourcesText(plan.workflow, graph, terminal.outStyle));
  return 0;
}
