/** Starts the judge of policies, one for all test files of a run: it reads a lot before its first verdict. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { needs, required } from '../../need.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the judge of policies; empty where it is not installed. */
    policyJudge: string;
  }
}

/** Vitest's set-up of a run. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (!needs('judges')) {
    project.provide('policyJudge', '');
    return () => {};
  }
  const { url, stop } = await startPolicyJudge(required('judges'));
  project.provide('policyJudge', url);
  return stop;
}

async function startPolicyJudge(judge: string): Promise<{ readonly url: string; readonly stop: () => void }> {
  const script = path.join(import.meta.dirname, 'policies.py');
  const python = path.join(path.dirname(judge), 'python3');
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.kill() };
}
