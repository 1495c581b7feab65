/** podman with settings that work inside other containers, and images made of folders. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Podman {
  /** Variables under which `podman` works here. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `podman ARGS`. */
  run(args: readonly string[]): Promise<Finished>;
  /** The same; rejects if it fails. */
  succeed(args: readonly string[]): Promise<void>;
  /** Makes an image of a folder. */
  importFolder(folder: string, image: string): void;
  /** Removes the images that were made. */
  close(): Promise<void>;
}

const CONTAINERS_CONF = `[containers]
netns="host"
default_ulimits=["nofile=1024:1024","nproc=4096:4096"]
[engine]
runtime="runc"
events_logger="file"
`;

/** podman on this machine. */
export function openPodman(): Podman {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-podman-'));
  const conf = path.join(folder, 'containers.conf');
  writeFileSync(conf, CONTAINERS_CONF);
  const program = required('podman');
  const env = { CONTAINERS_CONF: conf };
  const images: string[] = [];
  const run = (args: readonly string[]) => finished(program, args, env);
  return {
    env,
    run,
    succeed: async (args) => {
      const { code, stderr } = await run(args);
      if (code !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr}`);
    },
    importFolder: (root, image) => {
      const tar = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 30 });
      execFileSync(program, ['import', '-', image], {
        input: tar,
        env: { ...process.env, ...env },
        stdio: 'pipe',
      });
      images.push(image);
    },
    close: async () => {
      if (images.length > 0) await run(['rmi', '--force', ...images]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function finished(program: string, args: readonly string[], env: object): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: tmpdir(), env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? 255 : 0;
      resolve({ code, stdout, stderr });
    });
  });
}
