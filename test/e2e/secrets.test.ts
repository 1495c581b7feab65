/** Values from the environment and credentials of the file: no output, record, log or process list shows them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finished, fdl, start } from './fdl.ts';
import { filesBelow, type StepText, shop, UPPER, write } from './project.ts';
import { until } from './until.ts';

const FILE = ['workflow.yaml', '--local'] as const;
const HERE = [...FILE, '--engine', 'host'] as const;

const TOKEN = 'tok-4f1d9c77e2';
const PEM = '-----BEGIN KEY-----\nMIIBfirstline\nsecondlineQQ==\n-----END KEY-----';
const env = { TOKEN, PEM, PASSWORD: 'pass-77aa01' };

/** Texts of which no trace may be found, those of the file among them. */
const HIDDEN = [
  TOKEN,
  'MIIBfirstline',
  'secondlineQQ==',
  env.PASSWORD,
  'literal-key-5512',
  'literal-secret-9034',
];

const STORES = {
  storage_providers: {
    s3: {
      remote: { access_key: 'literal-key-5512', secret_key: 'literal-secret-9034', region: 'us-east-1' },
    },
    minio: {
      lab: {
        endpoint: 'https://lab.example.org',
        access_key: 'lab-user',
        secret_key: '${env:PASSWORD}',
        region: 'x',
      },
    },
  },
};

/** Shows all it knows, in both streams; then waits for a file, fails or succeeds. */
const LOUD: StepText = {
  ...UPPER,
  outputs: ['shop/upper', 'shop/more'],
  variables: {
    TOKEN: '${env:TOKEN}',
    PEM: '${env:PEM}',
    MIXED: 'https://user:${env:PASSWORD}@host',
    PLAIN: 'shown',
  },
  script: `env; echo "token=$TOKEN" >&2; echo "$PEM"; echo "$MIXED and $PLAIN"
while [ -e gate ]; do sleep 0.02; done
case "$INPUT_FILE_PATH" in */bad*) echo "the token $TOKEN was refused" >&2; exit 3;; esac
echo "$TOKEN" > "$TMP_OUTPUT_DIR/result.txt"`,
};

function expectHidden(where: string, text: string): void {
  for (const secret of HIDDEN) expect(text.includes(secret), `${secret} in ${where}:\n${text}`).toBe(false);
}

function expectSilent(what: string, { stdout, stderr }: Finished): void {
  expectHidden(`stdout of ${what}`, stdout);
  expectHidden(`stderr of ${what}`, stderr);
}

describe('secrets', () => {
  it('show up nowhere when a script prints them and succeeds, or fails', async () => {
    const cwd = shop([LOUD], { 'good.txt': 'a', 'bad.txt': 'b' }, STORES);
    const ran = await fdl(['run', ...HERE, 'in', '-o', 'out'], { cwd, env });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('| the token (secret) was refused');
    expectSilent('run', ran);
    expectSilent('run --json', await fdl(['run', ...HERE, 'in', '--json'], { cwd, env }));
    expectSilent('invoke', await fdl(['invoke', 'workflow.yaml', 'upper', ...HERE.slice(1)], { cwd, env }));
    for (const command of ['logs', 'status', 'plan', 'apply', 'ls', 'graph', 'rm']) {
      for (const json of [[], ['--json']]) {
        const line = [command, ...FILE, ...json];
        const finished = await fdl(line, { cwd, env });
        expect(finished.stdout + finished.stderr).not.toBe('');
        expectSilent(line.join(' '), finished);
      }
    }
    const log = readFileSync(path.join(cwd, '.fdl/shop/log.ndjson'), 'utf8');
    expect(log, 'masked when it was written').toContain('https://user:(secret)@host and shown');
    const records = filesBelow(path.join(cwd, '.fdl')).filter((name) => !name.includes('/buckets/'));
    expect(records).toEqual(
      expect.arrayContaining(['shop/journal.ndjson', 'shop/log.ndjson', 'shop/steps/upper.json']),
    );
    for (const name of records) expectHidden(name, readFileSync(path.join(cwd, '.fdl', name), 'utf8'));
  });

  it('are in the environment of the script, and in no command line', async () => {
    const cwd = shop([LOUD], { 'good.txt': 'a' }, STORES);
    writeFileSync(path.join(cwd, 'gate'), '');
    const running = start(['run', ...HERE, 'in'], { cwd, env });
    await until('the script runs', () =>
      /token=/.test(readFileSync(path.join(cwd, '.fdl/shop/log.ndjson'), 'utf8')),
    );
    for (const line of commandLines()) expectHidden('a command line', line);
    rmSync(path.join(cwd, 'gate'));
    expect((await running.ended).code).toBe(0);
    expect(readFileSync(path.join(cwd, '.fdl/shop/buckets/s3.default/shop/upper/result.txt'), 'utf8')).toBe(
      `${TOKEN}\n`,
    );
  });

  const wrong: readonly (readonly [string, Partial<StepText>])[] = [
    ['a value of the wrong kind', { more: { memory: '${env:TOKEN}' } }],
    ['what is no name of an image', { image: '${env:TOKEN} ${env:PASSWORD}' }],
    ['a path without a script', { more: { init_script: '${env:TOKEN}/${env:PASSWORD}' } }],
    ['a loop', { input: 'shop/${env:TOKEN}', outputs: ['shop/${env:TOKEN}/again'] }],
  ];

  it.each(wrong)('do not show up in what is said about %s', async (_what, changes) => {
    const cwd = shop([{ ...LOUD, ...changes }], { 'a.txt': 'a' }, STORES);
    const lines = [
      ['validate', 'workflow.yaml', '--strict'],
      ['plan', 'workflow.yaml'],
      // A picture is made of names of images and folders, which are no secrets wherever they came from.
      ...(changes.image || changes.input ? [] : [['graph', 'workflow.yaml']]),
      ['run', ...FILE, 'in', '--engine', 'podman'],
    ];
    for (const line of lines) {
      for (const json of [[], ['--json']]) {
        expectSilent([...line, ...json].join(' '), await fdl([...line, ...json], { cwd, env }));
      }
    }
  });

  it('of the store stay hidden in a line that is shown as wrong', async () => {
    const stores = {
      storage_providers: { minio: { lab: { secret_key: 'literal-secret-9034', endpoint: ['x'] } } },
    };
    const text = JSON.stringify({ functions: { aws: [{ lambda: { name: 'a' } }] }, ...stores });
    const cwd = shop([], {});
    write(cwd, { 'workflow.yaml': text });
    for (const json of [[], ['--json']]) {
      const finished = await fdl(['validate', 'workflow.yaml', ...json], { cwd });
      expect(finished.code).toBe(2);
      expectSilent('validate', finished);
    }
  });

  it('a missing variable is named with its place', async () => {
    const cwd = shop([LOUD], {}, STORES);
    const { code, stderr } = await fdl(['plan', ...FILE], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/workflow\.yaml:\d+:\d+: error: the environment variable TOKEN is not set/);
  });
});

/** The command lines of all processes of this machine. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    });
}
