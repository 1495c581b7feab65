/** Commands that read an FDL file or write a first one, as data. */
import type { CommandSpec } from './command.ts';
import { json, jsonLines, local, workflow } from './options.ts';

/** Those that only look are loaded at once: reading many small files costs more than the code in them. */
const handlers = () => import('./handlers.ts');

export const FILE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    arguments: '[template] [dir]',
    argumentHelp: [
      'name of a template; without it, the templates are listed',
      'new folder (default: its name)',
    ],
    summary: 'start a new workflow from a template',
    options: [json],
    examples: [
      ['fdl init', 'list the templates'],
      ['fdl init hello my-workflow', 'write the smallest workflow to my-workflow/'],
    ],
    load: async () => (await handlers()).init,
  },
  {
    name: 'validate',
    arguments: '<files...>',
    argumentHelp: ['FDL files'],
    summary: 'check files: their form, and what would keep them from being deployed',
    options: [
      { flags: '--strict', description: 'take every warning for an error' },
      { flags: '--no-local-files', description: 'do not check that scripts exist' },
      { ...jsonLines, description: 'print one JSON object per file, one per line' },
    ],
    examples: [
      ['fdl validate workflow.yaml', 'check one file'],
      ['fdl validate --strict --json *.yaml', 'check many in a CI pipeline'],
    ],
    load: async () => (await handlers()).validate,
  },
  {
    name: 'graph',
    arguments: '<file>',
    argumentHelp: ['FDL file'],
    summary: 'show a workflow as a picture',
    options: [
      {
        flags: '--format <format>',
        description: 'kind of picture',
        choices: ['text', 'mermaid', 'dot'],
        default: 'text',
      },
      local,
      workflow,
      json,
    ],
    examples: [
      ['fdl graph workflow.yaml', 'draw it in the terminal'],
      ['fdl graph workflow.yaml --format mermaid', 'for a README'],
      ['fdl graph workflow.yaml --format dot | dot -Tsvg > workflow.svg', 'as SVG, with Graphviz'],
    ],
    load: async () => (await handlers()).graph,
  },
];
