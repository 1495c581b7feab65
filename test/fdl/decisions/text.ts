/** Rows about the text of a file, before it means anything. */
import { isAws } from '../../../src/providers/aws/dialect/step.ts';
import { onAws, onOscar } from '../read-text.ts';
import { type Decision, settings } from './decision.ts';

const memory = ({ steps }: { readonly steps: readonly { limits: { memoryMib?: number } }[] }) =>
  steps[0]?.limits.memoryMib;
const bytes = (text: string) => new TextEncoder().encode(text);
const nbsp = '\u00a0';

export const TEXT: readonly Decision[] = [
  {
    what: 'a byte order mark',
    fdl: `\ufeff${onAws('memory: 256')}`,
    read: memory,
    gives: 256,
  },
  {
    what: 'UTF-16, with or without a byte order mark',
    fdl: Buffer.from(onAws('memory: 256'), 'utf16le'),
    read: memory,
    gives: 256,
  },
  {
    what: 'line ends of Windows (CR LF) or of old Macs (CR)',
    fdl: onAws('memory: 256').replace('\n', '\r').replaceAll('\n', '\r\n'),
    read: memory,
    gives: 256,
  },
  {
    what: 'tabs behind a value',
    fdl: onAws('memory: 256\t\nlog_level: INFO\t# loud'),
    read: (workflow) => [settings(workflow)['memory'], settings(workflow)['log_level']],
    gives: [256, 'INFO'],
  },
  {
    what: 'tabs as indentation',
    fdl: 'functions:\n\taws: []\n',
    findings: ['yaml-syntax 2:1'],
    says: 'Indent with spaces.',
  },
  {
    what: 'non-breaking spaces in the indentation, behind `:` or `-`, or at the end of a line',
    fdl: onAws(`memory:${nbsp}256`).replace('      memory', `     ${nbsp}memory`),
    findings: ['non-breaking-space 8:6', 'non-breaking-space 8:14'],
    read: memory,
    gives: 256,
  },
  {
    what: 'non-breaking spaces within quotes or between words',
    fdl: onAws(`description: "two ${nbsp}\n  words:${nbsp}"\nregion: eu${nbsp}west`),
    read: (workflow) => [settings(workflow)['description'], settings(workflow)['region']],
    gives: [`two ${nbsp} words:${nbsp}`, `eu${nbsp}west`],
  },
  {
    what: 'several documents',
    fdl: `${onAws()}---\nfunctions: {}\n`,
    findings: ['several-documents 9:1'],
    read: ({ steps }) => steps.length,
    gives: 1,
  },
  { what: 'an empty file, or one of comments only', fdl: '# nothing\n', findings: ['empty-file 1:1'] },
  {
    what: 'a file that is no text',
    fdl: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x80),
    findings: ['not-text 1:1'],
  },
  {
    what: 'a file of more than 8 MiB',
    fdl: bytes(`# ${' '.repeat(8 * 1024 * 1024)}`),
    findings: ['file-too-large 1:1'],
  },
  {
    what: 'a key that stands twice',
    fdl: onAws('memory: 256\nmemory: 512'),
    findings: ['duplicate-key 9:7'],
    says: 'first on line 8',
  },
  {
    what: 'merge keys (`<<`) and aliases',
    fdl: onAws(
      'input:\n- &in {storage_provider: s3, path: bucket/in}\noutput:\n- {<<: *in, path: bucket/out}',
    ),
    read: ({ steps }) => steps[0]?.outputs.map(({ store, bucket, prefix }) => [store, bucket, prefix]),
    gives: [['s3.default', 'bucket', 'out']],
  },
  {
    what: 'an alias without an anchor, such as a password that starts with `*`',
    fdl: onOscar('', 'clusters:\n  cluster:\n    auth_password: *hunter2'),
    findings: ['yaml-alias 9:20'],
    says: 'put a text that starts with "*" into quotes',
  },
  {
    what: 'an alias inside what it names',
    fdl: 'functions: &f\n  aws: [*f]\n',
    findings: ['yaml-alias 2:9'],
  },
  {
    what: 'aliases for more than 100,000 values',
    fdl: `a: &a [${'x,'.repeat(1000)}]\nfunctions: [${'*a,'.repeat(100)}]\n`,
    findings: ['yaml-aliases 2:310'],
  },
  {
    what: '`<<` with something else than a map',
    fdl: onAws('<<: 5'),
    findings: ['yaml-merge 8:11'],
  },
  { what: 'a list or a map as a key', fdl: onAws('? [a]\n: b'), findings: ['yaml-key 8:9'] },
  {
    what: 'tags of YAML, such as `!Ref`, or a password that starts with `!`',
    fdl: onOscar('cpu: !Ref "2"'),
    findings: ['yaml-tag 7:12'],
    read: (workflow) => settings(workflow)['cpu'],
    gives: '2',
  },
  {
    what: '`!!str`, `!!int` and other tags that YAML itself knows',
    fdl: onAws('memory: !!int 256'),
    read: memory,
    gives: 256,
  },
  {
    what: 'a quote that was left over: `timeout_threshold": 10`',
    fdl: onAws('').replace('image: busybox', 'image: busybox\n        timeout_threshold": 10'),
    findings: ['stray-quote 8:9'],
    read: (workflow) => settings(workflow)['container'],
    gives: { image: 'busybox', timeout_threshold: 10 },
  },
  {
    what: 'two items in one, since the second has no dash',
    fdl: onAws(
      'execution_mode: batch',
      'batch:\n  compute_resources:\n    subnets:\n    - subnet-12345\n      subnet-67891',
    ),
    findings: ['folded-items 12:11'],
    read: ({ steps }) => steps.find(isAws)?.settings.batch?.compute_resources?.subnets,
    gives: ['subnet-12345', 'subnet-67891'],
  },
  {
    what: '`storage_providers` indented a little less or more than `functions`',
    fdl: `${onAws('')} storage_providers:\n   s3: {}\n`,
    findings: ['yaml-syntax 8:2'],
    says: 'Align the line with its neighbours',
  },
  {
    what: 'more than 100 levels',
    fdl: `functions: ${'['.repeat(200)}`,
    findings: ['yaml-syntax 1:111'],
    says: 'FDL needs fewer than 20 levels.',
  },
];
