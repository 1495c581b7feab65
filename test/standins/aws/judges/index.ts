/**
 * Judges of what is sent to the stand-in of AWS, by rules that were not written here: see ../../README.md.
 *
 * Models and schemas are read and judged by in the process of the stand-in, because they are plain JSON, and a verdict
 * takes less than a millisecond. Only policies need a program of others: one process for the whole run of the tests,
 * which is asked once for each document.
 */
import type { ApiRequest } from '../core/api.ts';
import { type Breach, breaches } from './constraints.ts';
import type { Finding } from './finding.ts';
import { isKnown } from './known.ts';
import { type Model, modelOf, type Operation } from './model.ts';
import { type Policy, policiesIn, policyBreaches } from './policies.ts';
import { resourceBreaches } from './resources.ts';
import { carriedBy } from './wire.ts';

/** What all judges say about a request. `policyJudge` is the URL of that of policies, if it runs. */
export async function judge(request: ApiRequest, policyJudge?: string): Promise<readonly Finding[]> {
  const { service, operation } = request;
  const named = (all: readonly Breach[]) =>
    all.map((each): Finding => ({ service, operation, ...each })).filter((each) => !isKnown(each));
  try {
    const { breaches: now, policies } = await judged(request);
    const asked = policyJudge ? policies.map((policy) => policyBreaches(policyJudge, policy)) : [];
    return named([...now, ...(await Promise.all(asked)).flat()]);
  } catch (error) {
    // A client that leaves sends only a part of its request.
    const left = !request.raw.complete;
    const unreadable = { member: 'the request', value: request.target, rule: 'form', says: String(error) };
    return left ? [] : named([unreadable]);
  }
}

interface Judged {
  readonly breaches: readonly Breach[];
  readonly policies: readonly Policy[];
}

async function judged(request: ApiRequest): Promise<Judged> {
  const model = modelOf(request.service);
  const operation = model?.operations[request.operation];
  if (!model || !operation) {
    const unknown = { rule: 'operation', says: 'AWS has no such operation' };
    return { breaches: [{ member: 'the operation', value: request.target, ...unknown }], policies: [] };
  }
  const carried = await carriedBy(model, operation, request);
  const name = `${request.service}:${operation.name}`;
  const shape = operation.input?.shape;
  const ofInput =
    shape === undefined
      ? []
      : [...breaches(model, shape, carried.input), ...resourceBreaches(model, name, shape, carried.input)];
  return {
    breaches: [...carried.breaches, ...operationBreaches(model, operation, request), ...ofInput],
    policies: policiesIn(name, carried.input, request.region),
  };
}

/** Rules about a call as a whole. */
function operationBreaches(model: Model, operation: Operation, request: ApiRequest): readonly Breach[] {
  const { deprecated, deprecatedMessage = 'is deprecated', httpChecksum } = operation;
  const whole = { member: 'the operation', value: operation.name };
  const sums = Object.keys(request.headers).filter((name) => /^(content-md5|x-amz-checksum-\w+)$/.test(name));
  const bare =
    httpChecksum?.requestChecksumRequired && sums.length === 0 && !request.headers['x-amz-trailer'];
  return [
    ...(deprecated ? [{ ...whole, rule: 'deprecated', says: `${deprecatedMessage}; ${model.source}` }] : []),
    ...(bare ? [{ ...whole, rule: 'checksum', says: `a checksum is required; ${model.source}` }] : []),
  ];
}
