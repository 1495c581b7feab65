/** A plan for which nobody is asked has the resources of one for which all is known. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KNOWN_AFTER_APPLY } from '../../../src/deploy/plan-document.ts';
import type { Resource } from '../../../src/deploy/resource.ts';
import { refsIn } from '../../../src/deploy/value.ts';
import { awsDesired } from '../../../src/providers/aws/desired/index.ts';
import { offlineFacts } from '../../../src/providers/aws/offline-facts.ts';
import type { FactsDeps } from '../../../src/providers/aws/read-facts.ts';
import { factsOf, workflowOf } from './workflows.ts';

/** Whatever asks somebody fails. */
const DEPS = {
  environment: { AWS_REGION: 'eu-west-1' },
  gateway: async () => Buffer.from('the gateway'),
} as unknown as FactsDeps;

it.each(['hello', 'climate-series', 'audio-video', 'mask-detection'])('%s', async (name) => {
  const file = new URL(`../../../examples/${name}/workflow.yaml`, import.meta.url);
  const workflow = await workflowOf(readFileSync(file, 'utf8'));
  const known = awsDesired(workflow, factsOf(workflow));
  const offline = awsDesired(workflow, await offlineFacts(workflow, DEPS));
  expect(offline.map(shapeOf)).toEqual(known.map(shapeOf));
  // The account and the digests that the facts have are nowhere made up.
  expect(JSON.stringify(offline)).not.toMatch(/123456789012|sha256:/);
});

/** What a plan shows of a resource apart from values. */
function shapeOf({ id, kind, step, dependsOn, props }: Resource) {
  const plain = (text: string) => text.replace('123456789012', KNOWN_AFTER_APPLY);
  return {
    id: plain(id),
    kind,
    step,
    dependsOn: dependsOn.map(plain),
    properties: Object.keys(props).sort(),
    refs: refsIn(props).map(
      ({ path, ref }) => `${path.replace(/\[\d+\]/g, '[]')}: ${plain(ref.id)}#${ref.attr}`,
    ),
  };
}
