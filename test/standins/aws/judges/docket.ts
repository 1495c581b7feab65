/** What judges found in this process, until a test asks for it: see `each-test.ts`. */
import { programOf } from '../../need.ts';
import type { ApiRequest } from '../core/api.ts';
import { type Finding, inWords } from './finding.ts';
import { judge } from './index.ts';

/** Clients of tests themselves have this in their `User-Agent`: they may send what the stand-in is to refuse. */
export const TEST_AGENT = 'fdl-test';

let found: string[] = [];
let pending: Promise<unknown>[] = [];
let policyJudge: string | undefined;

/** Says where the judge of policies listens; without it nobody judges these. */
export function setPolicyJudge(url: string): void {
  policyJudge = url || undefined;
}

/** Notes the status that a judged request was answered with; none if it was not answered. */
export type Closing = (status: number | undefined) => void;

const installed = programOf('judges') !== undefined;

/** Judges a request; ends when its body has been read as far as the judges want it, which others must wait for. */
export async function openCase(request: ApiRequest): Promise<Closing> {
  if (!installed) return () => {};
  const verdict = judge(request, policyJudge);
  const findings = verdict.then(({ now, later }) => later.then((more) => [...now, ...more]));
  await verdict;
  return (status) => {
    const mayBeWrong = request.headers['user-agent']?.includes(TEST_AGENT) === true && (status ?? 500) >= 400;
    if (!mayBeWrong) pending.push(findings.then(note));
  };
}

function note(findings: readonly Finding[]): void {
  found.push(...findings.map(inWords));
}

/** Ends a test. @throws Error with all that was found since the last test */
export async function acquit(): Promise<void> {
  const findings = await takeFindings();
  if (findings.length === 0) return;
  throw new Error(`AWS would not take what was sent (see test/standins/README.md):\n${findings.join('\n')}`);
}

/** In words, each once. */
async function takeFindings(): Promise<readonly string[]> {
  await Promise.all(pending);
  const all = [...new Set(found)];
  found = [];
  pending = [];
  return all;
}
