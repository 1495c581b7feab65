/** What a service is called and what it runs. */

import {
  missingImage,
  scriptHint,
  unhandledInput,
  wrongImageName,
} from '../../../workflow/checks/content.ts';
import { problem, type Rule } from '../../../workflow/checks/context.ts';
import { lengthOr } from '../../../workflow/checks/names.ts';
import type { OscarStep } from './step.ts';

const LONGEST_NAME = 39;
/** OSCAR: 39 characters; Kubernetes: a DNS label, https://datatracker.ietf.org/doc/html/rfc1123 */
const SERVICE_NAME = /^[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?$/;

const serviceName: Rule<OscarStep> = (step, { at }) => {
  if (SERVICE_NAME.test(step.name)) return [];
  const why = lengthOr(step.name, LONGEST_NAME, 'it has other characters than a Kubernetes name');
  const message = `"${step.name}" is no name for a service: ${why}`;
  const hint = `Use up to ${LONGEST_NAME} lower-case letters, digits and "-"${suggested(step)}.`;
  return [problem(step, 'service-name', message, at(step, 'name'), hint)];
};

function suggested({ name }: OscarStep): string {
  const better = name
    .slice(0, 2 * LONGEST_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_NAME)
    .replace(/-+$/, '');
  return SERVICE_NAME.test(better) && better !== name ? `, such as ${better}` : '';
}

const image: Rule<OscarStep> = (step) => missingImage(step, 'Add "image:" to the service.');

/** InterLink hands the image to Singularity, which wants to know where it comes from: `docker://name`. */
const imageName: Rule<OscarStep> = (step, { at }) => {
  const given = step.image?.trim() ?? '';
  const name = step.settings.interlink_node_name ? given.replace(/^docker:\/\//, '') : given;
  return wrongImageName(step, at(step, 'image'), name);
};

const missingScript: Rule<OscarStep> = (step) => {
  if (step.script) return [];
  const hint = scriptHint('script');
  if (step.inputs.length > 0) return unhandledInput(step, hint);
  if (step.settings.kserve) return [];
  return [problem(step, 'missing-script', `the service "${step.id}" has no script`, step.place, hint)];
};

export const CONTENT: readonly Rule<OscarStep>[] = [serviceName, image, imageName, missingScript];
