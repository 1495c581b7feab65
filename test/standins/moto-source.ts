/** Starts the process that all servers of moto are forks of, one for all test files of a run. */
import type { TestProject } from 'vitest/node';
import { startMotoSource } from './moto.ts';
import { programOf } from './need.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of that process; 0 where moto is not installed. */
    motoSource: number;
  }
}

/** Vitest's set-up of a run. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (programOf('moto') === undefined) {
    project.provide('motoSource', 0);
    return () => {};
  }
  const { port, stop } = await startMotoSource();
  project.provide('motoSource', port);
  return stop;
}
