import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type ContainerSettings, runArguments } from '../../../src/providers/local/container-command.ts';
import type { RunSpec } from '../../../src/supervisor/script.ts';

const ENGINE = { name: 'podman', rootless: false, limits: true } as const;

const SETTINGS: ContainerSettings = {
  engine: ENGINE,
  image: 'docker.io/library/busybox:1',
  limits: { gpus: 0 },
  mounts: [],
  label: 'fdl.home=/shop/.fdl/shop',
  environment: { PATH: '/usr/bin' },
};

const SPEC: RunSpec = {
  command: { kind: 'script', path: '/home/scripts/upper', interpreter: ['/bin/sh'] },
  env: { TOKEN: 'tok-4f1d9c77e2', MULTI: 'two\nlines', TMP_INPUT_DIR: '/home/tmp/x.in' },
  folders: ['/home/tmp/x.in', '/home/tmp/x.out'],
  graceMs: 5000,
  captureBytes: 0,
  onLine: () => {},
  onNote: () => {},
};

function argumentsOf(
  spec: Partial<RunSpec> = {},
  settings: Partial<ContainerSettings> = {},
): readonly string[] {
  return runArguments('fdl-1', { ...SPEC, ...spec }, { ...SETTINGS, ...settings });
}

/** The values of an option. */
function valuesOf(args: readonly string[], option: string): readonly string[] {
  return args.flatMap((arg, index) => (arg === option ? [String(args[index + 1])] : []));
}

describe('the command line of an engine', () => {
  it('runs the script with the folders of the task under their own path, and nothing else of this machine', () => {
    const args = argumentsOf();
    expect(args.slice(0, 3)).toEqual(['podman', 'run', '--rm']);
    expect(valuesOf(args, '--volume')).toEqual([
      '/home/tmp/x.in:/home/tmp/x.in',
      '/home/tmp/x.out:/home/tmp/x.out',
      '/home/scripts/upper:/home/scripts/upper:ro',
    ]);
    expect(args.slice(args.indexOf('--entrypoint'))).toEqual([
      ...['--entrypoint', '/bin/sh', 'docker.io/library/busybox:1', '-c'],
      ...['echo "fdl: started fdl-1" >&2; exec /bin/sh "$0"', '/home/scripts/upper'],
    ]);
    expect(valuesOf(args, '--label')).toEqual(['fdl.home=/shop/.fdl/shop']);
    expect(valuesOf(args, '--name')).toEqual(['fdl-1']);
  });

  it('names variables, and shows no value', () => {
    const args = argumentsOf();
    expect(valuesOf(args, '--env')).toEqual(['TOKEN', 'MULTI', 'TMP_INPUT_DIR']);
    expect(args.join(' ')).not.toMatch(/tok-4f1d9c77e2|lines/);
  });

  it('passes on memory and processors where the engine can limit them, never more than there are', () => {
    const limits = { gpus: 0, memoryMib: 512, cpus: 0.5 };
    const limited = argumentsOf({}, { limits });
    expect([valuesOf(limited, '--memory'), valuesOf(limited, '--cpus')]).toEqual([['512m'], ['0.5']]);
    const unable = argumentsOf({}, { limits, engine: { ...ENGINE, limits: false } });
    expect(unable).not.toContain('--memory');
    expect(unable).not.toContain('--cpus');
    const many = argumentsOf({}, { limits: { gpus: 0, cpus: 4096 } });
    expect(valuesOf(many, '--cpus')).toEqual([String(availableParallelism())]);
    expect(argumentsOf()).not.toContain('--memory');
  });

  it('asks for GPUs in the way of the engine', () => {
    const limits = { gpus: 2 };
    expect(valuesOf(argumentsOf({}, { limits }), '--device')).toEqual(['nvidia.com/gpu=all']);
    const docker = argumentsOf({}, { limits, engine: { ...ENGINE, name: 'docker' } });
    expect(valuesOf(docker, '--gpus')).toEqual(['2']);
    expect(argumentsOf()).not.toContain('--device');
  });

  it.each([
    [['/bin/bash'], '/bin/bash', ['/bin/bash']],
    [['/usr/bin/env', 'bash'], 'bash', ['/usr/bin/env', 'bash']],
    [['/usr/bin/env', '-S python3 -u'], 'python3', ['/usr/bin/env', '-S python3 -u']],
    [['/bin/sh', '-e'], '/bin/sh', ['/bin/sh', '-e']],
  ])('looks up the interpreter of %j in the image', (interpreter, program, run) => {
    const args = argumentsOf({ command: { kind: 'script', path: '/s', interpreter } });
    const [shell, option, , zero, looked, ...rest] = args
      .slice(args.indexOf('--entrypoint') + 1)
      .filter((arg) => arg !== SETTINGS.image);
    expect([shell, option, zero, looked]).toEqual(['/bin/sh', '-c', 'fdl', program]);
    expect(rest).toEqual([...run, '/s']);
  });

  it('runs a command as it is, in a given folder', () => {
    const args = argumentsOf({ command: { kind: 'argv', argv: ['df', '-h'] }, cwd: '/work' });
    expect(args.slice(-4)).toEqual(['--entrypoint', 'df', 'docker.io/library/busybox:1', '-h']);
    expect(valuesOf(args, '--workdir')).toEqual(['/work']);
    expect(valuesOf(args, '--volume')).toHaveLength(2);
  });

  it('keeps variables away that would change the engine itself, and sets them inside', () => {
    const env = {
      PATH: '/opt/tool/bin:/bin',
      HOME: '/root dir',
      LD_LIBRARY_PATH: '/opt/lib',
      DOCKER_HOST: 'tcp://x',
      TOKEN: 't',
    };
    const args = argumentsOf({ env });
    const names = valuesOf(args, '--env');
    for (const name of ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'DOCKER_HOST']) expect(names).not.toContain(name);
    expect(names).toContain('TOKEN');
    expect(args.join(' ')).not.toContain('/opt/tool/bin');
  });
});
