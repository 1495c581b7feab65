/** Commands that read an FDL file or write a first one. */
import type { CommandSpec } from '../command.ts';
import { FILE, json, jsonLines, ofFile, ofWorkflow, values } from './options.ts';

export const FILE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    arguments: '[template] [dir]',
    argumentHelp: [
      'name of a template; without it, the templates are listed',
      'new folder (default: its name)',
    ],
    completes: 'templates',
    summary: 'start a new workflow from a template',
    options: [
      { flags: '--image <image>', description: 'start from a container image alone, without a template' },
      { flags: '--name <name>', description: 'name of its step (default: that of the image)' },
      json,
    ],
    examples: [
      ['fdl init', 'list the templates'],
      ['fdl init hello my-workflow', 'write the smallest workflow to my-workflow/'],
      ['fdl init --image grycap/cowsay --name cow', 'write a step for an image to cow/'],
    ],
    load: async () => (await import('../init.ts')).run,
  },
  {
    name: 'schema',
    arguments: '[file]',
    argumentHelp: [FILE],
    summary: 'print the JSON Schema of FDL files, or make editors use it for a file',
    options: [
      {
        flags: '--modeline',
        description: 'write the schema beside the file, and the line that names it to its top',
      },
      { flags: '--documents', description: 'print the schema of what commands print with --json instead' },
      json,
    ],
    examples: [
      ['fdl schema > fdl.schema.json', 'for a tool that checks files'],
      ['fdl schema --modeline workflow.yaml', 'for editors: completion, descriptions, checks'],
      ['fdl schema --documents > fdl-output.schema.json', 'for a program that reads what commands print'],
    ],
    load: async () => (await import('../schema.ts')).run,
  },
  {
    name: 'validate',
    arguments: '[files...]',
    argumentHelp: ['FDL files (default: workflow.yaml or fdl.yaml here)'],
    summary: 'check files: their form, and what would keep them from being deployed',
    options: [
      { flags: '--strict', description: 'take every warning for an error' },
      { flags: '--form', description: 'check the form only, not whether the steps could be deployed' },
      { flags: '--local', description: 'judge for this machine, whatever provider the file names' },
      { flags: '--no-local-files', description: 'do not check that scripts exist' },
      ...values,
      { ...jsonLines, description: 'print one JSON object per file, one per line' },
    ],
    examples: [
      ['fdl validate workflow.yaml', 'check one file'],
      ['fdl validate --strict --json *.yaml', 'check many in a CI pipeline'],
    ],
    load: async () => (await import('../validate.ts')).run,
  },
  {
    name: 'graph',
    ...ofFile,
    summary: 'show a workflow as a picture',
    options: [
      {
        flags: '--format <format>',
        description: 'kind of picture',
        choices: ['text', 'mermaid', 'dot'],
        default: 'text',
      },
      { flags: '--resources', description: 'draw what would be made for it, instead of its steps' },
      ...ofWorkflow,
    ],
    examples: [
      ['fdl graph workflow.yaml', 'draw it in the terminal'],
      ['fdl graph workflow.yaml --format mermaid', 'for a README'],
      ['fdl graph workflow.yaml --resources', 'functions, roles, buckets, and what needs what'],
      ['fdl graph workflow.yaml --format dot | dot -Tsvg > workflow.svg', 'as SVG, with Graphviz'],
    ],
    load: async () => (await import('../graph.ts')).run,
  },
];
