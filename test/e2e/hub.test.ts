/** `fdl hub`: crates of a folder and of repositories, on a fake cluster. The crates are of the shape of those of OSCAR's hub. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGitHost } from '../standins/git-host.ts';
import { openOscar } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';
import { filesBelow, project, write } from './project.ts';

/** The metadata of a crate, as text; `root`: more of the entity that stands for it, or other values. */
function metadata(root: object = {}): string {
  const id = (name: string) => ({ '@id': name });
  const graph = [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      conformsTo: id('https://w3id.org/ro/crate/1.2'),
      about: id('./'),
    },
    {
      '@id': './',
      '@type': ['Dataset', 'Service', 'SoftwareApplication'],
      name: 'Line Counter',
      description: 'Counts lines.',
      version: '1.0.0',
      serviceType: ['synchronous', 'asynchronous'],
      license: id('https://www.apache.org/licenses/LICENSE-2.0'),
      author: id('#ada'),
      url: 'https://example.org/count',
      datePublished: '2026-05-17',
      memoryRequirements: '128 MiB',
      processorRequirements: ['1 vCPU', '0 GPU'],
      hasPart: ['fdl.yml', 'script.sh', 'icon.png'].map(id),
      subjectOf: [id('#test')],
      ...root,
    },
    ...['fdl.yml', 'script.sh', 'icon.png'].map((name) => ({ '@id': name, '@type': 'File', name })),
    { '@id': '#ada', '@type': 'Person', name: 'Ada' },
    { '@id': '#test', '@type': 'HowTo', name: 'Waits', step: [id('#wait')] },
    { '@id': '#wait', '@type': 'HowToStep', timeRequired: 'PT1S' },
  ];
  return JSON.stringify({ '@context': ['https://w3id.org/ro/crate/1.2/context'], '@graph': graph }, null, 2);
}

const FDL = `functions:
  oscar:
  - oscar-cluster: # of whoever made it
      name: count
      memory: 128Mi
      cpu: '0.5'
      image: ghcr.io/lab/count
      script: script.sh
      environment:
        variables: {BASE: "/system/services/count/exposed"}
      input:
      - storage_provider: minio.default
        path: count/input
      output:
      - storage_provider: minio.default
        path: "count/output"
`;

const CRATE = {
  'fdl.yml': FDL,
  'script.sh': '#!/bin/sh\nwc -l "$INPUT_FILE_PATH"\n',
  'icon.png': 'png',
  'ro-crate-metadata.json': metadata(),
};

const HUB = {
  ...Object.fromEntries(Object.entries(CRATE).map(([name, text]) => [`crates/count/${name}`, text])),
  'crates/docs/README.md': 'no crate',
  'crates/odd/ro-crate-metadata.json': '[]',
  'README.md': 'a hub',
};

interface Listed {
  readonly from: string;
  readonly crates: readonly object[];
  readonly unreadable: readonly object[];
}

describe('crates', () => {
  it('are listed and shown, whatever host has them, and in a folder', async () => {
    const host = await startGitHost(HUB);
    onTestFinished(host.stop);
    const cwd = project({ ...HUB, 'workflow.yaml': '' });
    const places = [
      '/lab/services',
      '/lab/services/-/tree/main/crates',
      '/lab/services/src/branch/main/crates',
    ];
    const lists = await Promise.all(
      [...places.map((each) => host.url + each), '.'].map((from) =>
        fdlJson<Listed>(['hub', 'ls', '--from', from], { cwd }),
      ),
    );
    for (const { json, stderr } of lists) {
      expect(json, stderr).toMatchObject({ unreadable: [{ crate: 'odd' }] });
      expect(json.crates).toEqual(lists[0]?.json.crates);
    }
    expect(lists[0]?.json.crates).toMatchObject([{ crate: 'count', title: 'Line Counter', author: 'Ada' }]);
    const info = await fdl(['hub', 'info', 'count', '--from', `${host.url}/lab/services`], { cwd });
    for (const said of ['Line Counter', '1 vCPU, 0 GPU, 128 MiB', 'script.sh'])
      expect(info.stdout).toContain(said);
    const unknown = await fdl(['hub', 'info', 'coun', '--from', '.'], { cwd });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean count?')]);
    const nowhere = await fdl(['hub', 'ls', '--from', `${host.url}/lab/services/tree/other`], { cwd });
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('there is nothing at')]);
  });

  it('become a workflow on a cluster, once and again, under another name, and never over changes', async () => {
    const host = await startGitHost(HUB);
    onTestFinished(host.stop);
    const oscar = await openOscar();
    const options = { cwd: project({}), env: clusterEnv('lab', oscar.url) };
    const line = ['hub', 'deploy', 'count', '--from', `${host.url}/lab/services`];
    const none = await fdlJson([...line, '--cluster', 'lob'], options);
    expect([none.code, filesBelow(options.cwd)]).toEqual([2, []]);
    const first = await fdlJson(line, options);
    expect(first.json, first.stderr).toMatchObject({ ok: true });
    expect(filesBelow(path.join(options.cwd, 'count'))).toEqual(['script.sh', 'workflow.yaml']);
    expect(oscar.cluster.services.get('count')).toMatchObject({ script: CRATE['script.sh'] });
    const again = await fdlJson(line, options);
    expect(again.json, again.stderr).toMatchObject({ summary: { create: 0, update: 0 } });
    const bad = await fdlJson([...line, 'bad', '--name', 'Bad Name'], options);
    expect([bad.code, bad.json]).toMatchObject([2, { error: { code: 'usage' } }]);
    expect(existsSync(path.join(options.cwd, 'bad'))).toBe(false);
    const named = await fdlJson([...line, 'mine', '--name', 'mine', '--no-apply'], options);
    expect(named.json).toMatchObject({ crate: 'count', file: path.join(options.cwd, 'mine/workflow.yaml') });
    const text = readFileSync(path.join(options.cwd, 'mine/workflow.yaml'), 'utf8');
    expect(text).toContain('# Line Counter 1.0.0, from ');
    expect(text).toContain('- lab: # of whoever made it\n      name: mine\n');
    for (const each of [
      '/system/services/mine/exposed',
      'path: mine/input',
      'path: "mine/output"',
      'lab/count',
    ])
      expect(text).toContain(each);
    write(options.cwd, { 'count/script.sh': '#!/bin/sh\ntrue\n' });
    const changed = await fdlJson(line, options);
    expect([changed.code, changed.json]).toMatchObject([2, { error: { code: 'not-empty' } }]);
  });

  it('are checked, with the place of each finding', async () => {
    const broken = {
      datePublished: 'May',
      author: [],
      hasPart: [{ '@id': 'fdl.yml' }, { '@id': 'gone.sh' }],
    };
    const cwd = project({
      ...Object.fromEntries(Object.entries(CRATE).map(([name, text]) => [`good/${name}`, text])),
      'bad/ro-crate-metadata.json': metadata(broken),
      'bad/fdl.yml': FDL.replace('memory: 128Mi', 'memroy: 128Mi'),
      'torn/ro-crate-metadata.json': metadata().slice(0, -20),
    });
    const { code, stdout } = await fdl(['hub', 'validate', './good', 'bad/', './torn'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('./good: valid\n');
    for (const said of [
      /bad\/ro-crate-metadata\.json:\d+:\d+: error: "datePublished" is "May"/,
      /error: the crate has no "author"/,
      /error: there is no file "gone\.sh" in the crate/,
      /error: nothing says what "gone\.sh" is/,
      /bad\/fdl\.yml:5:7: .*memroy/,
      /torn\/ro-crate-metadata\.json:\d+:\d+: error: not valid JSON/,
    ])
      expect(stdout).toMatch(said);
    const { stdout: lines } = await fdl(['hub', 'validate', './good', 'bad/', '--json'], { cwd });
    const documents = lines.trim().split('\n');
    expect(documents.map((each) => JSON.parse(each).valid)).toEqual([true, false]);
  });
});
