import { graphText } from '../terminal/graph-text.ts';
import { dotText, mermaidText } from '../workflow/draw.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession } from './open-session.ts';

/** Draws what the file says, also where it could not be deployed: a picture helps to see why. */
export const run: Handler = async (context, [file], options) => {
  const { terminal } = context;
  const { workflow } = await openSession(context, fileOf(context, file), options, 'look');
  if (terminal.json) {
    const steps = workflow.steps.map(({ id, provider, mode, image }) => ({ id, provider, mode, image }));
    terminal.data({ workflow: workflow.name, steps, links: workflow.links });
  } else if (options['format'] === 'mermaid') terminal.out(mermaidText(workflow));
  else if (options['format'] === 'dot') terminal.out(dotText(workflow));
  else terminal.out(graphText(workflow, terminal.outStyle, terminal.width));
  return 0;
};
