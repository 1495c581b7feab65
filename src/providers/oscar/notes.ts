/** What people should know before they deploy to clusters. Pure. */
import { Secret } from '../../secret.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { OscarStep } from './dialect/step.ts';
import type { OscarFacts } from './facts.ts';
import { oscarSteps } from './step.ts';
import { failureOf, payloadOf, reached } from './step-payload.ts';

/** Whole sentences: how clusters are reached, and what they do not know or do not show. */
export function oscarNotes(workflow: Workflow, facts: OscarFacts): readonly string[] {
  if (facts.purpose === 'remove') return facts.warnings;
  return [
    ...facts.warnings,
    ...closedNotes(facts),
    ...oscarSteps(workflow).flatMap((step) => stepNotes(workflow, step, facts)),
    ...secretNote(workflow),
  ];
}

function closedNotes(facts: OscarFacts): readonly string[] {
  return [...facts.closed].map((id) => {
    const endpoint = reached(facts, id)?.minio.endpoint;
    return `The MinIO of cluster ${id} (${endpoint}) cannot be reached from here: the cluster makes buckets for new services itself, services cannot share one, and they stay when services go.`;
  });
}

function stepNotes(workflow: Workflow, step: OscarStep, facts: OscarFacts): readonly string[] {
  const cluster = reached(facts, step.cluster);
  if (!cluster || failureOf(workflow, step, facts) !== undefined) return [];
  return payloadOf(workflow, step, cluster, facts).warnings;
}

function secretNote(workflow: Workflow): readonly string[] {
  const steps = oscarSteps(workflow).filter(hasSecrets);
  if (steps.length === 0) return [];
  const names = steps.map(({ id }) => `"${id}"`).join(', ');
  return [
    `Clusters do not show the values of secrets: a new value of one is sent only when something else of ${names} changes.`,
  ];
}

function hasSecrets({ environment, settings }: OscarStep): boolean {
  const given = { ...settings.environment?.Secrets, ...settings.environment?.secrets };
  return Object.keys(given).length > 0 || Object.values(environment).some((value) => value instanceof Secret);
}
