/** The requests of a test, until it ends and they are judged: see `each-test.ts`. */
import { programOf } from '../../need.ts';
import type { ApiRequest } from '../core/api.ts';
import { inWords } from './finding.ts';
import { judge } from './index.ts';

/** Clients of tests themselves have this in their `User-Agent`: they may send what the stand-in is to refuse. */
export const TEST_AGENT = 'fdl-test';

let cases: ApiRequest[] = [];
let policyJudge: string | undefined;

/** Says where the judge of policies listens; without it nobody judges these. */
export function setPolicyJudge(url: string): void {
  policyJudge = url || undefined;
}

/** Notes the status that a request was answered with; none if it was not answered. */
export type Closing = (status: number | undefined) => void;

const installed = programOf('judges') !== undefined;
/** Operations of S3 whose body is an object: no judge reads these, and they are passed on as streams. */
const OBJECTS = new Set(['PutObject', 'UploadPart']);

/** Keeps a request for the end of the test, with its body. It is judged only then, so that no test runs slower. */
export async function openCase(request: ApiRequest): Promise<Closing> {
  if (!installed) return () => {};
  // A client that leaves is noticed by whoever answers it.
  if (request.service !== 's3' || !OBJECTS.has(request.operation)) await request.body().catch(() => {});
  return (status = 500) => {
    const mayBeWrong = request.headers['user-agent']?.includes(TEST_AGENT) === true && status >= 400;
    if (!mayBeWrong) cases.push(request);
  };
}

/** Ends a test. @throws Error with all that was found since the last test */
export async function acquit(): Promise<void> {
  const findings = await takeFindings();
  if (findings.length === 0) return;
  throw new Error(`AWS would not take what was sent (see test/standins/README.md):\n${findings.join('\n')}`);
}

/** In words, each once. */
async function takeFindings(): Promise<readonly string[]> {
  const all = cases;
  cases = [];
  const found = await Promise.all(all.map((request) => judge(request, policyJudge)));
  return [...new Set(found.flat().map(inWords))];
}
