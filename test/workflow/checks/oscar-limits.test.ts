import { describe, expect, test } from 'vitest';
import { onAws, onOscar, readText } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

describe('settings that a cluster refuses', () => {
  finds('no-quantity', 'cloud', [
    ['words', onOscar('memory: lots'), ['7:15'], '"512Mi" or "2Gi"'],
    ['a space in it', onOscar('memory: 1 Gi'), ['7:15']],
    ['a unit that Kubernetes has not', onOscar('total_memory: 1GB'), ['7:21']],
    ['zero', onOscar('cpu: 0'), ['7:12'], '"0.5" or "500m"'],
    ['less than nothing', onOscar('cpu: -1'), ['7:12']],
    ['several fields', onOscar('total_cpu: x\nephemeral_storage_request: y'), ['7:18', '8:34']],
    [
      'amounts',
      onOscar('memory: 1.5Gi\ncpu: 500m\ntotal_cpu: 2\ntotal_memory: 2e9\nephemeral_storage_request: 10Gi'),
      [],
    ],
    ['nothing', onOscar('memory: ""\ncpu:'), []],
    ['a function', onAws('memory: 256'), []],
  ]);

  finds('tiny-memory', 'cloud', [
    ['a unit in lower case', onOscar('memory: 512m'), ['7:15'], '"512Mi"'],
    ['no unit', onOscar('memory: 512'), ['7:15'], 'is 512 bytes'],
    ['just below 4 MiB', onOscar('memory: 4095Ki'), ['7:15']],
    ['4 MiB', onOscar('memory: 4Mi'), []],
    ['no amount at all', onOscar('memory: lots'), []],
    ['none', onOscar(), []],
  ]);
});

describe('addresses of steps', () => {
  const member = (url: string) => onOscar(`replicas: [{type: endpoint, url: "${url}"}]`);
  const url = (step: string) => `\${url:${step}}`;
  finds('unknown-url', 'cloud', [
    ['no step', member(url('gone')), ['7:40'], 'names no step'],
    ['more than an address', member(`${url('step')}/path`), ['7:40'], 'has more in it'],
    ['of a federation', onOscar(`federation: {members: [{url: "${url('gone')}"}]}`), ['7:36']],
    ['a step without an address', member(url('step')), ['7:40'], '"expose" of a service'],
    ['a step with an address', `${member(url('step'))}      expose: {api_port: 80}\n`, []],
    [
      'a function with an address',
      `${member(url('f'))}  aws: [{lambda: {name: f, function_url: true, container: {image: a}}}]\n`,
      [],
    ],
    ['any other address', member('https://example.org'), []],
  ]);
  const over = (more: string) =>
    `${member(url('f'))}  aws: [{lambda: {name: f, function_url: true, container: {image: a}${more}}}]\n`;
  finds('member-refuses', undefined, [
    ['a closed function', over(''), ['7:40'], '"auth: none" and "over_http: allow"'],
    ['one that takes content alone', over(', auth: none'), ['7:40'], 'Add "over_http: allow"'],
    ['one that takes all', over(', auth: none, over_http: allow'), []],
  ]);
});

test('a script whose bytes JSON cannot carry is refused, with its line', async () => {
  const files = { 'flow/run.sh': Buffer.from('#!/bin/sh\necho caf\xe9\n', 'latin1') };
  const { diagnostics } = await readText(onOscar(), { files, localFiles: true });
  expect(diagnostics).toMatchObject([
    { code: 'script-not-text', blocks: 'cloud', message: expect.stringContaining('(line 2)') },
  ]);
});

describe('settings that have no effect on a cluster', () => {
  finds('replicas-twice', undefined, [
    ['both', onOscar('replicas: [{priority: 1}]\nfederation: {members: [{priority: 1}]}'), ['7:7']],
    ['replicas alone', onOscar('replicas: [{priority: 1}]'), []],
    ['members alone', onOscar('federation: {members: [{priority: 1}]}'), []],
    ['a federation without members', onOscar('replicas: [{priority: 1}]\nfederation: {topology: star}'), []],
  ]);

  finds('no-port', undefined, [
    ['no port', onOscar('expose: {min_scale: 1}'), ['7:7'], 'api_port:'],
    ['port 0', onOscar('expose: {api_port: 0}'), ['7:7']],
    ['an empty list', onOscar('expose: {api_port: []}'), ['7:7']],
    ['a port', onOscar('expose: {api_port: 80}'), []],
    ['several, one of them 0', onOscar('expose: {api_port: [0, 80]}'), []],
    ['not exposed', onOscar('expose:'), []],
  ]);
});
