/** Acceptance tests that a crate describes: whether OSCAR-CLI can run them. Rule: `pkg/hub/rocrate.go` of its sources. */
import { type Diagnostic, warning } from '../../../fdl/diagnostic.ts';
import type { Path } from '../../../fdl/tree.ts';
import { asText, type JsonObject } from '../../../json.ts';
import { idsOf, ROOT, textsOf } from './crate.ts';
import { type Looked, placeOf } from './look.ts';

const COMMAND = /\bservice run\b|\bput-file\b|\bget-file\b/;
/** Of ISO 8601, without years, months and weeks. */
const DURATION = /^P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$/;

/** Findings about the tests of a crate; they keep no crate out of the hub. */
export function testFindings(looked: Looked): readonly Diagnostic[] {
  const root = looked.entities.get(ROOT);
  if (!root) return [];
  const tests = idsOf(root.data['subjectOf']).flatMap((id) => looked.entities.get(id) ?? []);
  if (tests.length === 0) {
    if (textsOf(root.data['serviceType']).every((type) => type === 'exposed')) return [];
    const hint = 'Refer to a HowTo with its steps in "subjectOf"; the crate "cowsay" of the hub has one.';
    const place = placeOf(looked, [...root.path, 'subjectOf']);
    return [warning('crate-test', 'the crate describes no test', place, { hint })];
  }
  return tests.flatMap(({ data, path }) => {
    if (asText(data['command'])) return [];
    const ids = [...idsOf(data['step']), ...idsOf(data['hasPart'])];
    if (ids.length === 0)
      return [unclear(looked, path, `the test "${asText(data['name']) ?? ''}" has no steps`)];
    return ids.flatMap((id) => {
      const step = looked.entities.get(id);
      return step && !isRunnable(step.data, looked)
        ? [unclear(looked, step.path, `the step "${id}" of a test says nothing that can be done`)]
        : [];
    });
  });
}

function unclear(looked: Looked, path: Path, message: string): Diagnostic {
  const hint =
    'Give it a "potentialAction" with a "commandTemplate" (service run, put-file or get-file), or "timeRequired", such as "PT20S".';
  return warning('crate-test', message, placeOf(looked, [...path, '@id']), { hint });
}

function isRunnable(step: JsonObject, { entities }: Looked): boolean {
  const dataOf = (id: string) => entities.get(id)?.data ?? {};
  const commands = idsOf(step['potentialAction'])
    .flatMap((id) => idsOf(dataOf(id)['additionalProperty']))
    .map(dataOf)
    .filter((each) => each['propertyID'] === 'commandTemplate')
    .map((each) => asText(each['value']) ?? '');
  return (
    [asText(step['command']) ?? '', ...commands].some((each) => COMMAND.test(each)) ||
    DURATION.test(asText(step['timeRequired']) ?? '')
  );
}
