/**
 * A secret in every place where one can stand × every command × servers that work, refuse, say back what they got, or do not
 * answer: no output, file, tag, image or command line shows one.
 * A part of the table by the date; all of it with `FDL_CANARY=all`, another part with `FDL_CANARY=NUMBER`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/commands/catalog.ts';
import type { CommandSpec } from '../../src/commands/command.ts';
import { fieldsOf, SCHEMA } from '../fdl/schema-fields.ts';
import { needs } from '../standins/need.ts';
import { type Issuer, startIssuer } from '../standins/oscar/issuer.ts';
import { type MemoryS3, startMemoryS3 } from '../standins/oscar/memory-s3.ts';
import { ADMIN_LOGIN, type Oscar, startOscar } from '../standins/oscar/oscar.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import {
  canary,
  contentOfRegistry,
  type Front,
  leaked,
  type Mood,
  startFront,
  takeForCanary,
} from './canaries.ts';
import { type Finished, start } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { filesBelow, write } from './project.ts';
import { until } from './until.ts';

const SCRIPT = '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n';

/** An id of a key, which is part of signatures: letters and digits alone. */
function idOf(place: string): string {
  return takeForCanary(place, canary(place).replace(/[^a-z0-9]/gi, ''));
}

/** Credentials of stores of every kind, with ids that tell those of the file from those of a step. */
const stores = (where: string, minio: object) => ({
  s3: {
    [`${where}-keys`]: {
      access_key: idOf(`${where} s3 id`),
      secret_key: canary(`${where} s3 key`),
      region: 'us-east-1',
    },
  },
  minio: {
    [`${where}-box`]: {
      ...minio,
      access_key: canary(`${where} minio id`),
      secret_key: canary(`${where} minio key`),
    },
  },
  onedata: {
    [`${where}-one`]: { oneprovider_host: 'one.example.org', token: canary(`${where} onedata`), space: 'x' },
  },
  webdav: {
    [`${where}-dav`]: {
      hostname: 'dav.example.org',
      login: 'me',
      password: canary(`${where} webdav`),
      token: canary(`${where} webdav token`),
    },
  },
  gcs: {
    [`${where}-gcs`]: {
      credentials: canary(`${where} gcs`),
      access_key: idOf(`${where} gcs id`),
      secret_key: canary(`${where} gcs key`),
    },
  },
  azure: {
    [`${where}-blob`]: {
      account_key: canary(`${where} azure key`),
      sas_token: canary(`${where} azure sas`),
      connection_string: canary(`${where} azure connection`),
    },
  },
  rucio: {
    [`${where}-ru`]: {
      host: 'ru.example.org',
      rse: 'R',
      account: 'me',
      refresh_token: canary(`${where} rucio refresh`),
      access_token: canary(`${where} rucio access`),
      token: canary(`${where} rucio`),
    },
  },
});

const environmentOf = (step: string) => ({
  Variables: {
    FROM_HERE: '${env:HIDDEN}',
    MIXED: 'https://user:${env:MIXED}@example.org/x',
    MASKED: 'shown',
  },
  Secrets: { API: canary(`${step} secret`) },
});

interface Addresses {
  readonly cluster: string;
  readonly minio: string;
  readonly image: string;
}

/** A workflow across two clouds that can be deployed. */
function workflow({ cluster, minio, image }: Addresses): object {
  const endpoint = minio.replace('://', `://login:${encodeURIComponent(canary('userinfo of an endpoint'))}@`);
  return {
    name: 'birds',
    // Nobody is there, which is said.
    on_failure: [{ webhook: `http://127.0.0.1:9/${canary('webhook of a failure')}` }],
    on_success: [{ webhook: `http://127.0.0.1:9/${canary('webhook of a success')}`, format: 'slack' }],
    storage_providers: stores('file', { endpoint, region: 'us-east-1' }),
    clusters: { lab: { endpoint: cluster, auth_user: ADMIN_LOGIN.user, auth_password: '${env:LAB}' } },
    functions: {
      aws: [
        {
          lambda: {
            name: 'there',
            function_url: true,
            container: { image, environment: environmentOf('lambda') },
            init_script: 'step.sh',
            input: [{ storage_provider: 's3', path: 'birds-4c1d/in' }],
            output: [
              { storage_provider: 's3', path: 'birds-4c1d/out' },
              { storage_provider: 'minio.lab', path: 'birds/in' },
              { storage_provider: 'minio.file-box', path: 'birds/far' },
              { storage_provider: 's3.file-keys', path: 'birds-4c1d/far' },
            ],
          },
        },
      ],
      oscar: [
        {
          lab: {
            name: 'here',
            image: 'busybox',
            script: 'step.sh',
            environment: environmentOf('service'),
            input: [{ storage_provider: 'minio', path: 'birds/in' }],
            output: [{ storage_provider: 'minio', path: 'birds/out' }],
          },
        },
      ],
    },
  };
}

/** Every field that is a secret, wherever it counts. */
function everything(addresses: Addresses): object {
  const { functions, ...file } = workflow(addresses) as { functions: { oscar: { lab: object }[] } };
  const member = (where: string) => ({
    type: 'endpoint',
    url: `https://me:${encodeURIComponent(canary(`userinfo of a ${where}`))}@far.example.org/x`,
    headers: { Authorization: canary(`header of a ${where}`) },
  });
  return {
    ...file,
    clusters: {
      lab: { endpoint: addresses.cluster, auth_user: 'me', auth_password: canary('cluster of the file') },
    },
    functions: {
      aws: [
        {
          lambda: {
            name: 'there',
            environment: { variables: { A: '${env:HIDDEN}' } },
            container: {
              image: 'busybox',
              environment: { variables: { A: '${env:HIDDEN}' }, secrets: { B: canary('lambda secrets') } },
            },
            init_script: 'step.sh',
          },
          batch: { environment: { Variables: { A: '${env:HIDDEN}' }, variables: { B: '${env:MIXED}' } } },
        },
      ],
      oscar: [
        {
          lab: {
            ...functions.oscar[0]?.lab,
            environment: { variables: { A: '${env:HIDDEN}' }, secrets: { B: canary('service secrets') } },
            kserve: { type: 'inference', storage_uri: 'hf://x/y', env: { A: '${env:HIDDEN}' } },
            federation: { topology: 'star', members: [member('member')] },
            token: canary('token of a service'),
            clusters: {
              far: { endpoint: 'https://far.example.org', auth_password: canary('cluster of a step') },
            },
            storage_providers: stores('step', { endpoint: 'https://box.example.org' }),
            auth_password: canary('password of a service'),
          },
        },
        { lab: { name: 'older', image: 'busybox', script: 'step.sh', replicas: [member('replica')] } },
      ],
    },
  };
}

/** Places of the language that this file has no secret in. */
function placesWithout(files: readonly object[]): readonly string[] {
  const text = JSON.stringify(files);
  const used = new Set<string>();
  const walk = (value: unknown, at: readonly string[]): void => {
    if (typeof value === 'string' && (leaked(value).length > 0 || value.includes('${env:')))
      used.add(at.join('.'));
    else if (Array.isArray(value))
      for (const each of value) walk(each, [...at.slice(0, -1), `${at.at(-1)}[]`]);
    else if (typeof value === 'object' && value)
      for (const [key, each] of Object.entries(value)) walk(each, [...at, key]);
  };
  for (const file of files) walk(file, []);
  expect(text).not.toBe('');
  const patterns = fieldsOf(SCHEMA)
    .filter(({ field }) => field['x-scalar'] === 'secret')
    .map(({ path: at }) => at);
  const fits = (pattern: string) => {
    const source = pattern
      .split('.')
      .map((part) => part.replace('[]', '\\[\\]').replace('<*>', '[^.]+'))
      .join('\\.');
    return [...used].some((each) => new RegExp(`^${source}$`).test(each));
  };
  return patterns.filter((pattern) => !fits(pattern));
}

/** A command line, and what it reads from standard input. */
interface Line {
  readonly line: string;
  readonly input?: string;
  /** It goes on until Ctrl-C. */
  readonly endless?: boolean;
}

const TYPED = canary('typed password');
const ADD = 'cluster add own CLUSTER --user oscar --password-stdin';

/** Every command, in the order of somebody's day: those that ask no server, and those that do. */
const OFFLINE: readonly Line[] = [
  { line: 'validate workflow.yaml' },
  { line: 'validate everything.yaml' },
  { line: 'graph workflow.yaml --resources' },
  { line: 'graph everything.yaml' },
  { line: 'schema workflow.yaml' },
  { line: 'completion steps workflow.yaml' },
  { line: 'version' },
  { line: 'init hello new' },
  { line: `${ADD} --no-check`, input: TYPED },
  { line: 'cluster rm own' },
  { line: 'cluster ls' },
  { line: 'cluster default stored' },
  { line: 'prices lambda' },
  { line: 'plan everything.yaml --offline --cost' },
  { line: 'hub ls --from .' },
  { line: 'hub info ./crate' },
  { line: 'hub validate ./crate' },
  { line: 'hub deploy ./crate fresh --cluster stored --no-apply' },
  { line: 'dev workflow.yaml --engine host', endless: true },
  { line: 'run workflow.yaml in.txt --local --step there -o out' },
  { line: 'invoke workflow.yaml here --local --data x --engine host' },
  { line: 'status workflow.yaml --local' },
  { line: 'report workflow.yaml --local --format ro-crate' },
  { line: 'logs workflow.yaml --local' },
  { line: 'rm workflow.yaml --local --yes' },
];

const ONLINE: readonly Line[] = [
  { line: 'policy workflow.yaml' },
  { line: ADD, input: ADMIN_LOGIN.password },
  { line: 'cluster add other CLUSTER --token-stdin', input: TYPED },
  { line: 'cluster login own CLUSTER --issuer CLUSTER' },
  { line: 'cluster info own' },
  { line: 'cluster info stored' },
  { line: 'cluster info token' },
  { line: 'cluster info refresh' },
  { line: 'cluster info oscarcli' },
  { line: 'cluster info scar' },
  { line: 'plan everything.yaml' },
  { line: 'plan workflow.yaml' },
  { line: 'apply workflow.yaml --yes' },
  { line: 'doctor workflow.yaml' },
  { line: 'doctor' },
  { line: 'ls' },
  { line: 'ls workflow.yaml' },
  { line: 'put in.txt -f workflow.yaml --step there' },
  { line: 'put in.txt -f workflow.yaml --to minio.file-box://birds/in' },
  { line: 'put in.txt -f workflow.yaml --to s3.file-keys://birds-4c1d/in' },
  { line: 'run workflow.yaml in.txt --step here --timeout 1 -o out' },
  { line: 'get -f workflow.yaml -o out' },
  { line: 'cat s3.file-keys://birds-4c1d/in/in.txt -f workflow.yaml' },
  { line: 'cp s3.file-keys://birds-4c1d/in/in.txt minio.file-box://birds/copy.txt -f workflow.yaml' },
  { line: 'sync s3.file-keys://birds-4c1d/in synced -f workflow.yaml' },
  { line: 'rerun workflow.yaml --timeout 1' },
  { line: 'trace workflow.yaml s3://birds-4c1d/in/in.txt' },
  { line: 'status workflow.yaml --cost' },
  { line: 'logs workflow.yaml' },
  { line: 'invoke workflow.yaml here --data x' },
  { line: 'invoke workflow.yaml there --data x --async' },
  { line: 'invoke workflow.yaml there --data x --http' },
  { line: 'bucket create made --cluster own' },
  { line: 'bucket update made --cluster own --visibility private' },
  { line: 'bucket info made --cluster own' },
  { line: 'bucket ls --cluster own' },
  { line: 'bucket rm made --cluster own --yes' },
  { line: 'service ls --cluster own' },
  { line: 'service get here --cluster own' },
  { line: 'service logs here --cluster own' },
  { line: 'logs --deployment here --cluster own' },
  { line: 'logs rm here --cluster own --yes' },
  { line: 'cluster health own' },
  { line: 'cluster status own' },
  { line: 'cluster logs own' },
  { line: 'metrics --cluster own' },
  { line: 'export own' },
  { line: 'export aws' },
  { line: 'service clear here --cluster own' },
  { line: 'service stop here --cluster own' },
  { line: 'service start here --cluster own' },
  { line: 'service restart here --cluster own' },
  { line: 'volume create made 1Gi --cluster own' },
  { line: 'volume info made --cluster own' },
  { line: 'volume ls --cluster own' },
  { line: 'volume rm made --cluster own --delete-data --yes' },
  { line: 'quota me --cluster own' },
];
const REMOVE: Line = { line: 'rm workflow.yaml --yes --delete-data' };

const PASSWORD = canary('login of a registry');
const HIDDEN = { HIDDEN: canary('variable of the environment'), MIXED: canary('variable within a text') };
const PROFILE = ['id', 'secret', 'session'].map((part) => keyOf(part, 'profile'));
const KEYS = ['id', 'secret', 'session'].map((part) => keyOf(part, 'environment'));
const STORED = ['fdl', 'oscar-cli', 'scar'].map((tool) => canary(`password stored by ${tool}`));

/** Ids of keys are letters and digits, and part of every request: they are no secrets. */
function keyOf(part: string, where: string): string {
  return part === 'id' ? 'AKIAEXAMPLEEXAMPLE' : canary(`${part} of the ${where}`);
}

/** The servers, each behind a front. */
interface Labs {
  readonly account: AccountLab;
  readonly oscar: Oscar;
  readonly s3: MemoryS3;
  readonly issuer: Issuer;
  readonly fronts: Readonly<Record<'aws' | 'images' | 'cluster' | 'minio' | 'issuer', Front>>;
}

async function openLabs(): Promise<Labs> {
  const images = { 'me/busybox:1': (root: string) => addBusybox(root, ['sh', 'cp']) };
  const account = await openAccount({ images, delays: { pending: 0, update: 0, role: 0 } });
  const s3 = await startMemoryS3();
  const issuer = await startIssuer();
  const minio = await startFront(s3.url);
  const settings = { runs: true };
  const oscar = await startOscar({ release: '4.1.2', s3: minio.url, issuer, settings });
  const fronts = {
    aws: await startFront(account.aws.url),
    images: await startFront(account.registry, `me:${PASSWORD}`),
    cluster: await startFront(oscar.url),
    minio,
    issuer: await startFront(new URL(issuer.url).origin),
  };
  return { account, oscar, s3, issuer, fronts };
}

async function closeLabs({ account, oscar, s3, issuer, fronts }: Labs): Promise<void> {
  await Promise.all(Object.values(fronts).map((front) => front.close()));
  await Promise.all([oscar.stop(), issuer.stop()]);
  await s3.stop();
  await account.close();
}

/** A token that says who issued it. */
function refreshToken(issuer: string): string {
  const claims = { iss: `${issuer}/realms/lab`, azp: 'fdl', jti: canary('refresh token of a cluster') };
  const token = ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  takeForCanary('signed refresh token', token[1] ?? '');
  return token.join('.');
}

/** Writes down every command line of a program that containers or credentials are asked for. */
const SPY = `#!/bin/sh
echo "$0 $*" >> "$(dirname "$0")/argv"
case "$0 $1" in
  *credential*) echo '{"Username": "me", "Secret": "${canary('password of a helper')}"}';;
  */podman info) echo '{"host": {"cgroupControllers": []}}';;
esac
`;

/** A folder of somebody who uses all of it. */
function home(folder: string, { account, fronts, issuer }: Labs): Readonly<Record<string, string>> {
  const addresses = {
    cluster: fronts.cluster.url,
    minio: fronts.minio.url,
    image: `${fronts.images.host}/me/busybox:1`,
  };
  const [fdl = '', oscarCli = '', scar = ''] = STORED;
  const [id, secret, session] = PROFILE;
  const stored = (password: string) => ({
    endpoint: fronts.cluster.url,
    auth_user: 'oscar',
    auth_password: password,
  });
  const auth = Buffer.from(`me:${PASSWORD}`).toString('base64');
  const auths = {
    [fronts.images.host]: { auth },
    'token.example.org': { registrytoken: canary('token of a registry') },
    'identity.example.org': { identitytoken: canary('identity token of a registry') },
  };
  write(folder, {
    'workflow.yaml': JSON.stringify(workflow(addresses), null, 1),
    'everything.yaml': JSON.stringify(everything(addresses), null, 1),
    'step.sh': SCRIPT,
    'in.txt': 'a bird\n',
    'crate/fdl.yml': JSON.stringify({
      functions: {
        oscar: [{ x: { name: 'a', image: 'b', script: 's.sh', environment: environmentOf('crate') } }],
      },
    }),
    'crate/s.sh': SCRIPT,
    'crate/ro-crate-metadata.json': '{"@graph": [{"@id": "./", "@type": "Dataset"}]}',
    'home/.aws/credentials': `[birds]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\naws_session_token=${session}\n`,
    'home/.docker/config.json': JSON.stringify({ auths, credHelpers: { 'help.example.org': 'spy' } }),
    'home/.config/fdl/config.yaml': JSON.stringify({ clusters: { stored: stored(fdl) } }),
    'home/.oscar-cli/config.yaml': JSON.stringify({ oscar: { oscarcli: stored(oscarCli) } }),
    'home/.scar/scar.cfg': JSON.stringify({ oscar: { scar: stored(scar) } }),
    'tmp/.keep': '',
  });
  mkdirSync(path.join(folder, 'bin'));
  for (const name of ['podman', 'docker-credential-spy'])
    writeFileSync(path.join(folder, 'bin', name), SPY, { mode: 0o755 });
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...aws } = account.env;
  return {
    ...aws,
    ...HIDDEN,
    AWS_ENDPOINT_URL: fronts.aws.url,
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'home/.aws/credentials'),
    AWS_MAX_ATTEMPTS: '1',
    HOME: path.join(folder, 'home'),
    TMPDIR: path.join(folder, 'tmp'),
    PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`,
    LAB: ADMIN_LOGIN.password,
    HTTPS_PROXY: `http://me:${encodeURIComponent(canary('login of a proxy'))}@127.0.0.1:9`,
    NO_PROXY: '127.0.0.1',
    FDL_CLUSTER_TOKEN_ENDPOINT: fronts.cluster.url,
    FDL_CLUSTER_TOKEN_TOKEN: issuer.accessToken('me'),
    FDL_CLUSTER_REFRESH_ENDPOINT: fronts.cluster.url,
    FDL_CLUSTER_REFRESH_REFRESH_TOKEN: refreshToken(fronts.issuer.url),
  };
}

const LOGIN = { profile: { AWS_PROFILE: 'birds' }, keys: keysOf(KEYS) };

function keysOf([id = '', secret = '', session = '']: readonly string[]) {
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session };
}

interface Row extends Line {
  readonly mood: Mood;
  /** Which servers are in that mood, and how many requests each answers before. */
  readonly at: 'all' | keyof Labs['fronts'];
  readonly after: number;
  readonly json: boolean;
  readonly debug: boolean;
  readonly login: keyof typeof LOGIN;
}

/** Command lines that end with another code than 0 although all servers work: logins that are not known, no place to run, nothing that ran, no exposed service. */
const FAILING = [
  'hub validate ./crate',
  'cluster add other CLUSTER --token-stdin',
  'cluster login own CLUSTER --issuer CLUSTER',
  'cluster info stored',
  'cluster info refresh',
  'cluster info oscarcli',
  'cluster info scar',
  'plan everything.yaml',
  'doctor',
  'trace workflow.yaml s3://birds-4c1d/in/in.txt',
  'invoke workflow.yaml there --data x --http',
  'export aws',
  'service stop here --cluster own',
  'service start here --cluster own',
  'service restart here --cluster own',
];

const MOODS = ['refuses', 'echoes', 'hangs'] as const;
const FRONTS = ['aws', 'images', 'cluster', 'minio', 'issuer'] as const;
const NOBODY: Omit<Row, 'line'> = {
  mood: 'works',
  at: 'all',
  after: 0,
  json: false,
  debug: false,
  login: 'profile',
};

/** What goes wrong for each command line; another part of it each day. */
function rows(): { readonly seed: number; readonly rows: readonly Row[] } {
  const asked = process.env['FDL_CANARY'] ?? '';
  const seed = /^\d+$/.test(asked) ? Number(asked) : Math.floor(Date.now() / 86_400_000);
  const chance = fc.record({
    json: fc.boolean(),
    debug: fc.boolean(),
    login: fc.constantFrom('profile', 'keys'),
    at: fc.constantFrom('all', ...FRONTS),
    after: fc.constantFrom(0, 0, 1, 2, 3, 5, 8, 13),
  });
  const all = [...ONLINE, REMOVE].flatMap((each) => MOODS.map((mood) => ({ ...each, mood })));
  const times = asked === 'all' ? 4 : 1;
  const chances = fc.sample(chance, { seed, numRuns: all.length * times });
  const whole = chances.map((each, index) => ({ ...NOBODY, ...all[index % all.length], ...each }) as Row);
  const part = fc.sample(fc.shuffledSubarray(whole, PART), { seed, numRuns: 1 })[0] ?? [];
  return { seed, rows: asked === 'all' ? whole : part };
}

/** Milliseconds for all of it. */
const TABLE_TIMEOUT = 3_600_000;

/** Of about 80. */
const PART = { minLength: 12, maxLength: 12 };

const nameOf = ({ line, mood, at, after, json, debug, login }: Row) =>
  `fdl ${line}${json ? ' --json' : ''}: ${at} ${mood} after ${after}, ${login}${debug ? ', debug' : ''}`;

/** Files in which secrets stand, since they were put there. */
/** What is given to it, and what it copies as it is. */
const GIVEN =
  /^(workflow|everything)\.yaml$|^(crate|fresh)\/|^bin\/|^home\/\.(aws|docker|config|oscar-cli|scar)\//;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('a secret in every place', () => {
  let labs: Labs;
  let folder: string;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    takeForCanary('password of a cluster', ADMIN_LOGIN.password);
    labs = await openLabs();
    folder = path.join(labs.account.folder, 'birds');
    env = home(folder, labs);
    takeForCanary('token of a cluster', env['FDL_CLUSTER_TOKEN_TOKEN']?.split('.')[1] ?? '');
  });

  afterAll(() => labs && closeLabs(labs));

  async function ran(row: Row): Promise<Finished> {
    for (const name of FRONTS)
      labs.fronts[name].set(row.at === 'all' || row.at === name ? row.mood : 'works', row.after);
    const args = row.line.split(' ').map((word) => (word === 'CLUSTER' ? labs.fronts.cluster.url : word));
    const more = { ...LOGIN[row.login], ...(row.debug && { FDL_DEBUG: '1' }) };
    const running = start(
      [...args, ...(row.json && !/^(schema|completion|cat)/.test(row.line) ? ['--json'] : [])],
      {
        cwd: folder,
        env: { ...env, ...more },
        ...(row.input !== undefined && { input: row.input }),
      },
    );
    const stuck = () => FRONTS.some((name) => labs.fronts[name].hung() > 0);
    const isDone = { value: false };
    void running.ended.then(() => Object.assign(isDone, { value: true }));
    if (row.mood === 'hangs' || row.endless) {
      await until(
        'it waits',
        () => isDone.value || stuck() || (row.endless === true && running.output() !== ''),
      );
      running.kill('SIGINT');
    }
    return running.ended;
  }

  /** What a command showed, and all that it left behind here. */
  function expectSilent(row: Row, { code, stdout, stderr }: Finished): void {
    const name = nameOf(row);
    expect(code, `${name}:\n${stdout}${stderr}`).not.toBe(null);
    expect(leaked(stdout), `stdout of ${name}:\n${stdout}`).toEqual([]);
    expect(leaked(stderr), `stderr of ${name}:\n${stderr}`).toEqual([]);
    const files = filesBelow(folder).filter((file) => !GIVEN.test(file));
    for (const file of files)
      expect(leaked(readFileSync(path.join(folder, file), 'latin1')), `${file} after ${name}`).toEqual([]);
    const argv = path.join(folder, 'bin/argv');
    expect(
      leaked(filesBelow(folder).includes('bin/argv') ? readFileSync(argv, 'utf8') : ''),
      `argv of ${name}`,
    ).toEqual([]);
  }

  it('the language has no place that is not in the files', () => {
    const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object;
    expect(placesWithout([read('workflow.yaml'), read('everything.yaml')])).toEqual([]);
    const commands = (specs: readonly CommandSpec[], above = ''): readonly string[] =>
      specs.flatMap(({ name, subcommands = [] }) => [
        `${above}${name}`,
        ...commands(subcommands, `${above}${name} `),
      ]);
    const lines = [...OFFLINE, ...ONLINE, REMOVE].map(({ line }) => line);
    const missing = commands(CATALOG).filter((name) => !lines.some((line) => line.startsWith(name)));
    expect(missing).toEqual([]);
  });

  it('is shown by no command while all servers work', async () => {
    const failed: string[] = [];
    for (const [index, line] of [...OFFLINE, ...ONLINE].entries()) {
      const row: Row = { ...NOBODY, ...line, json: index % 2 === 0, debug: index % 3 === 0 };
      const finished = await ran(row);
      expectSilent(row, finished);
      if (finished.code !== 0 && !line.endless) failed.push(line.line);
    }
    expect(failed).toEqual(FAILING);
    const sent = labs.account.aws.calls().filter(({ operation }) => operation !== 'PutParameter');
    expect(sent.length).toBeGreaterThan(50);
    for (const { service, operation, params } of sent)
      expect(leaked(JSON.stringify(params)), `${service}:${operation} ${JSON.stringify(params)}`).toEqual([]);
    const marks = [...labs.oscar.cluster.services.values()].map(({ labels, annotations }) => [
      labels,
      annotations,
    ]);
    expect(leaked(JSON.stringify(marks))).toEqual([]);
    expect(leaked(await contentOfRegistry(labs.account.registry)), 'images').toEqual([]);
  });

  const table = rows();

  it(
    `is shown by no command while servers refuse, say it back or do not answer (FDL_CANARY=${table.seed})`,
    async () => {
      for (const row of table.rows) expectSilent(row, await ran(row));
    },
    TABLE_TIMEOUT,
  );

  it('is shown by no command that removes it', async () => {
    const row: Row = { ...NOBODY, ...REMOVE };
    const removed = await ran(row);
    expectSilent(row, removed);
    expect(removed.code, removed.stderr).toBe(0);
  });
});
