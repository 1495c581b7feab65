/** What a step runs, an image and a script: findings that providers have in common. */
import type { Place } from '../../errors.ts';
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import { problem } from '../check.ts';
import type { Step } from '../model.ts';

/** `hint`: where the image is to be named. */
export function missingImage(step: Step, hint: string): readonly Diagnostic[] {
  if (step.image) return [];
  return [problem(step, 'missing-image', `"${step.id}" has no container image`, step.place, hint)];
}

/**
 * `[registry[:port]/]name[:tag][@digest]`, names in lower case.
 * Rule: https://github.com/distribution/reference
 */
const REFERENCE =
  /^(?:(?:[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[a-fA-F0-9]{32,})?$/;

/** Whether a text names an image. */
export function isImageName(text: string): boolean {
  return REFERENCE.test(text.trim());
}

/** `name`: the image without what only this provider takes. */
export function wrongImageName(step: Step, place: Place, name = step.image ?? ''): readonly Diagnostic[] {
  if (!step.image || isImageName(name)) return [];
  const message = `"${step.image}" is no name of an image`;
  const hint = 'Write it as in: alpine:3.20, ghcr.io/owner/name:tag.';
  return [problem(step, 'image-name', message, place, hint)];
}

/** What to do about a missing script; `field` is where it is named. */
export function scriptHint(field: string): string {
  return `Add "${field}:" with the path of a shell script.`;
}

/** A step without a script that gets files nevertheless. */
export function unhandledInput(step: Step, hint: string): readonly Diagnostic[] {
  if (step.inputs.length === 0) return [];
  const message = `"${step.id}" has an input, but no script to handle its files`;
  return [problem(step, 'missing-script', message, step.place, hint, 'any')];
}
