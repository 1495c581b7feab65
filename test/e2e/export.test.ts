/** `fdl export` and `fdl service get`: what is read of a cluster is a file that asks for nothing new. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tried } from '../sample.ts';
import { call, openOscar, sample } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';
import { project } from './project.ts';

interface Planned {
  readonly summary: Readonly<Record<string, number>>;
}

/** Everything that is written in another way than it was read, or not at all. */
const WORKFLOW = `name: shop
functions:
  oscar:
    - lab:
        name: upper
        image: busybox
        cpu: '0.5'
        log_level: debug
        labels: {team: blue}
        annotations: {note: "a: b"}
        environment: {variables: {MODE: "yes", EMPTY: ""}, secrets: {API_KEY: "\${env:KEY}"}}
        script: "#!/bin/sh\\n\\ttr a-z A-Z   \\n# \${env:HOME}\\n"
        input: [{storage_provider: minio, path: shop/in}]
        output: [{storage_provider: minio, path: shop/mid, suffix: [.txt]}, {storage_provider: s3.mine, path: bkt/out}]
        federation: {members: [{type: endpoint, url: "https://example.org/x", headers: {X-Key: "\${env:KEY}"}}]}
    - lab:
        name: count
        image: busybox
        script: count.sh
        volume: {size: 1Gi, mount_path: /data}
        mount: {storage_provider: minio, path: models}
        input: [{storage_provider: minio, path: shop/mid}]
    - lab:
        name: web
        image: nginx
        script: "#!/bin/sh\\nnginx\\n"
        expose: {api_port: 80, min_scale: 2, default_command: true}
storage_providers:
  s3: {mine: {access_key: "\${env:KEY}", secret_key: "\${env:KEY}", region: eu-west-1}}
`;

/** The variables that the exported file asks for. */
const NAMES = ['UPPER_API_KEY', 'UPPER_MEMBER_1_X_KEY', 'S3_MINE_ACCESS_KEY', 'S3_MINE_SECRET_KEY'];
const VALUES = Object.fromEntries(NAMES.map((name) => [name, 'q7ns3cret']));

describe('what a cluster shows as a file', () => {
  it.each(tried(['3.6.1', '4.0.0', '4.1.2']))('that makes the same again, on OSCAR %s', async (release) => {
    const oscar = await openOscar({ release });
    const env = { ...clusterEnv('lab', oscar.url), KEY: 'q7ns3cret' };
    const cwd = project({ 'workflow.yaml': WORKFLOW, 'count.sh': '#!/bin/sh\nwc -c\n' });
    const applied = await fdl(['apply', 'workflow.yaml', '--yes'], { cwd, env });
    expect(applied.code, applied.stderr).toBe(0);
    await call(oscar, 'POST /system/services', sample('other'));
    const written = await fdlJson(['export', '--workflow', 'shop', '-o', 'again.yaml'], { cwd, env });
    expect(written.code, written.stderr).toBe(0);
    const text = readFileSync(path.join(cwd, 'again.yaml'), 'utf8');
    expect(text).toContain('secret "API_KEY": set UPPER_API_KEY');
    expect(text + written.stdout + written.stderr).not.toContain('q7ns3cret');
    expect(statSync(path.join(cwd, 'again.yaml')).mode & 0o077).toBe(0);
    const again = { cwd, env: { ...env, ...VALUES } };
    const { json, stderr } = await fdlJson<Planned>(['plan', 'again.yaml'], again);
    expect(json.summary, stderr).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    const one = await fdlJson(['service', 'get', 'count'], { cwd, env });
    expect(one.json).toMatchObject({
      notes: [expect.stringContaining('apply --prune would remove the others')],
    });
    const kept = await fdlJson(['export', '-o', 'again.yaml'], { cwd, env });
    expect([kept.code, kept.json]).toMatchObject([2, { error: { code: 'file-exists' } }]);
  });

  it('names who made a service, and what it has that no file can say', async () => {
    const oscar = await openOscar();
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    await call(oscar, 'POST /system/services', sample('other', { script: 'true', image: 'a${param:X}' }));
    const { stdout, stderr, code } = await fdl(['service', 'get', 'other'], options);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('script: |\n          #!/bin/sh\n          true\n');
    for (const note of ['--adopt', 'its script is one line', '${param:X}']) expect(stderr).toContain(note);
    const none = await fdlJson(['export', 'lab', '--workflow', 'shop'], options);
    expect([none.code, none.json]).toMatchObject([1, { error: { code: 'workflow-unknown' } }]);
  });
});
