/** From what is known of a cluster to how it is reached. */
import { describe, expect, it } from 'vitest';
import {
  type ClusterDefinition,
  fromEnvironment,
  idsInEnvironment,
  type StoredSource,
} from '../../../../src/providers/oscar/clusters/definition.ts';
import { fileDefinition, resolveCluster } from '../../../../src/providers/oscar/clusters/resolve.ts';
import { reveal, Secret } from '../../../../src/secret.ts';
import { workflowOf } from '../../local/samples.ts';

const NONE = { clusters: [], defaultCluster: undefined, warnings: [] };

function stored(...entries: readonly (readonly [string, StoredSource, ClusterDefinition])[]) {
  const clusters = entries.map(([id, source, definition]) => ({
    id,
    source,
    file: `/${source}`,
    definition,
  }));
  return { ...NONE, clusters };
}

describe('the environment', () => {
  it('names clusters by their ids in capitals', () => {
    const environment = {
      FDL_CLUSTER_MY_LAB_2_ENDPOINT: 'https://a.example',
      FDL_CLUSTER_MY_LAB_2_USER: 'u',
      FDL_CLUSTER_MY_LAB_2_PASSWORD: 'p',
      FDL_CLUSTER_MY_LAB_2_SSL_VERIFY: 'false',
      FDL_CLUSTER_B_ENDPOINT: '',
    };
    expect(fromEnvironment(environment, 'my-lab.2')).toMatchObject({
      endpoint: 'https://a.example',
      user: 'u',
      verifyTls: false,
    });
    expect(fromEnvironment(environment, 'b')).toEqual({});
    expect(idsInEnvironment(environment)).toEqual(['my-lab-2']);
  });
});

describe('how a cluster is reached', () => {
  const password = new Secret('stored');
  const known = stored(['lab', 'fdl', { endpoint: 'https://lab.example/', user: 'oscar', password }]);
  const login = { user: 'u', password: 'p' };

  it('needs an endpoint that is known, whatever is stored for another server', () => {
    const file = { endpoint: 'https://${env:HOST}', ...login };
    expect(() => resolveCluster('lab', { environment: {}, stored: known, file })).toThrow(
      expect.objectContaining({ code: 'value-unset' }),
    );
  });

  it('takes a stored login where that of the file is not known', () => {
    const top =
      'clusters:\n  lab: {endpoint: https://lab.example, auth_user: oscar, auth_password: "${env:PW}"}\n';
    const service = 'functions:\n  oscar:\n  - lab: {name: s, image: busybox, script: run.sh}\n';
    const file = fileDefinition(workflowOf(`${service}${top}`), 'lab');
    const { access } = resolveCluster('lab', { environment: {}, stored: known, file });
    expect(access.login).toMatchObject({ kind: 'basic', user: 'oscar', password });
  });

  it('says the nearest of flag, environment, file and configuration', () => {
    const flag = { endpoint: 'https://flag', ...login };
    const environment = { FDL_CLUSTER_LAB_ENDPOINT: 'https://env', FDL_CLUSTER_LAB_TOKEN: 't' };
    const file = { endpoint: 'https://file', ...login };
    const origin = (sources: object) => {
      const { access, origin: from } = resolveCluster('lab', { environment: {}, stored: known, ...sources });
      return [access.endpoint, access.login.kind, from];
    };
    expect(origin({ flag, environment, file })).toEqual(['https://flag', 'token', 'flag']);
    expect(origin({ environment, file })).toEqual(['https://env', 'token', 'environment']);
    expect(origin({ file })).toEqual(['https://file', 'basic', 'file']);
    expect(origin({})).toEqual(['https://lab.example', 'basic', 'fdl']);
  });

  it('takes the parts of a login from where they are', () => {
    const environment = { FDL_CLUSTER_LAB_PASSWORD: 'from-env' };
    const file = { endpoint: 'https://lab.example', user: 'file-user' };
    const { access } = resolveCluster('lab', { environment, file, stored: NONE });
    expect(access.login).toMatchObject({ kind: 'basic', user: 'file-user' });
    expect(access.login.kind === 'basic' && reveal(access.login.password)).toBe('from-env');
  });

  it('never sends a stored login to another server than it is stored for', () => {
    const file = { endpoint: 'https://evil.example' };
    expect(() => resolveCluster('lab', { environment: {}, file, stored: known })).toThrow(
      expect.objectContaining({ code: 'cluster-login-missing' }),
    );
    const same = { endpoint: 'HTTPS://LAB.example' };
    expect(resolveCluster('lab', { environment: {}, file: same, stored: known }).access.login.kind).toBe(
      'basic',
    );
    const other = { ...same, user: 'somebody' };
    expect(() => resolveCluster('lab', { environment: {}, file: other, stored: known })).toThrow(
      'no password of somebody',
    );
  });

  it.each([
    ['oscar.example.org', 'https://oscar.example.org'],
    [' https://oscar.example.org/ ', 'https://oscar.example.org'],
    ['http://localhost:8080/oscar//', 'http://localhost:8080/oscar'],
  ])('takes the endpoint %j', (endpoint, meant) => {
    const resolved = resolveCluster('lab', { environment: {}, file: { endpoint, ...login }, stored: NONE });
    expect(resolved.access.endpoint).toBe(meant);
  });

  it('warns where certificates are not checked, and checks them unless told', () => {
    const open = stored(['lab', 'scar', { endpoint: 'https://lab', ...login, verifyTls: false }]);
    const loose = resolveCluster('lab', { environment: {}, stored: open });
    expect([loose.access.verifyTls, loose.warnings]).toEqual([
      false,
      [expect.stringContaining('not checked')],
    ]);
    const strict = resolveCluster('lab', {
      environment: { FDL_CLUSTER_LAB_SSL_VERIFY: 'true' },
      stored: open,
    });
    expect([strict.access.verifyTls, strict.warnings]).toEqual([true, []]);
  });

  it("knows OSCAR-CLI's name for the default cluster", () => {
    const both = { ...known, defaultCluster: 'lab' };
    expect(resolveCluster('default-cluster', { environment: {}, stored: both }).access.endpoint).toBe(
      'https://lab.example',
    );
  });

  it.each([
    ['lob', {}, 'cluster-unknown', 'Did you mean lab?'],
    ['zz', {}, 'cluster-unknown', 'FDL_CLUSTER_ZZ_ENDPOINT'],
    ['zz', { endpoint: 'https://x' }, 'cluster-login-missing', 'FDL_CLUSTER_ZZ_USER'],
    ['zz', { endpoint: 'https://', ...login }, 'cluster-invalid', 'https://oscar.example.org'],
    ['zz', { endpoint: 'ftp://x', ...login }, 'cluster-invalid', 'https://oscar.example.org'],
    ['zz', { endpoint: 'https://u:hunter2@x', ...login }, 'cluster-invalid', 'without user'],
  ])('%s %j: %s', (id, file, code, hint) => {
    const resolving = () => resolveCluster(id, { environment: {}, file, stored: known });
    expect(resolving).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) }));
    expect(resolving).not.toThrow('hunter2');
  });

  it('reads what a file says, also in a service as SCAR has it', () => {
    const text = `
functions:
  oscar:
    - lab: {name: a, image: i, script: "echo", endpoint: "https://scar", auth_user: s, auth_password: x, ssl_verify: false}
    - new: {name: b, image: i, script: "echo"}
clusters:
  new: {endpoint: "https://new", auth_user: n, auth_password: y, ssl_verify: false}
`;
    const workflow = workflowOf(text);
    expect(fileDefinition(workflow, 'lab')).toMatchObject({
      endpoint: 'https://scar',
      user: 's',
      verifyTls: false,
    });
    expect(fileDefinition(workflow, 'new')).toMatchObject({
      endpoint: 'https://new',
      user: 'n',
      verifyTls: false,
    });
    expect(fileDefinition(workflow, 'other')).toEqual({});
  });
});
