/** Settings of functions on AWS that work otherwise than they did, or that should be known. They block nothing. */

import { note, type Rule } from '../../../workflow/check.ts';
import { shown } from '../../../workflow/checks/flow.ts';
import { variablesOf } from '../../../workflow/steps.ts';
import { type AwsStep, UDOCKER } from './step.ts';

/** SCAR packaged functions for a runtime of Python, and ran their containers with udocker. */
const runtimes: Rule<AwsStep> = (step, { at }) => {
  const { runtime } = step.settings.lambda ?? {};
  if (!runtime || runtime.trim().toLowerCase() === 'image') return [];
  const message = `"runtime: ${runtime}" has no effect: "${step.id}" is deployed as a container image`;
  const hint = 'Remove it, or write "runtime: image".';
  return [note(step, 'runtime-without-effect', message, at(step, 'lambda', 'runtime'), hint)];
};

const udocker: Rule<AwsStep> = (step, { at }) => {
  const { environment } = step.settings.lambda ?? {};
  const names = Object.keys(variablesOf(environment)).filter((name) => UDOCKER.test(name));
  const [first] = names;
  if (first === undefined) return [];
  const message = `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} no effect: "${step.id}" is deployed as a container image`;
  const section = environment?.Variables && first in environment.Variables ? 'Variables' : 'variables';
  const place = at(step, 'lambda', 'environment', section, first);
  return [note(step, 'udocker', message, place, 'Remove what is there for udocker.')];
};

/** Where the addresses of functions are declared, and what makes one. */
const ADDRESSES = [
  {
    path: ['lambda', 'auth'],
    what: 'the function URL',
    isOpen: ({ settings: { lambda } }: AwsStep) => lambda?.function_url === true && isNone(lambda.auth),
  },
  {
    path: ['api_gateway', 'auth'],
    what: 'the HTTP API',
    isOpen: ({ settings: { api_gateway: api } }: AwsStep) => api?.name !== undefined && isNone(api.auth),
  },
] as const;

/** The addresses of a step that everybody may call, in words. */
export function openAddresses(step: AwsStep): readonly string[] {
  return ADDRESSES.filter(({ isOpen }) => isOpen(step)).map(({ what }) => what);
}

const openEndpoints: Rule<AwsStep> = (step, { at }) =>
  ADDRESSES.filter(({ isOpen }) => isOpen(step)).map(({ path, what }) => {
    const message = `everybody may call ${what} of "${step.id}", and each call costs`;
    const hint = 'Write "auth: iam", which asks for signed requests, unless it is meant to be open.';
    return note(step, 'open-endpoint', message, at(step, ...path), hint);
  });

function isNone(auth: string | undefined): boolean {
  return auth?.trim().toLowerCase() === 'none';
}

/**
 * `*` is a character that keys may have, and no pattern.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
const wildcards: Rule<AwsStep> = (step) =>
  step.inputs.flatMap((folder) => {
    const { bucket, prefix, place } = folder;
    if (!folder.namespace.startsWith('s3.') || !prefix.includes('*')) return [];
    const before = prefix.slice(0, prefix.indexOf('*')).replace(/\/?[^/]*$/, '');
    const message = `the "*" in the input ${shown(folder)} of "${step.id}" stands for itself, and not for any characters`;
    const hint = `Name the folder alone: "${bucket}${before === '' ? '' : `/${before}`}". A script may pass over what it does not want.`;
    return [note(step, 'literal-wildcard', message, place, hint)];
  });

export const NOTES: readonly Rule<AwsStep>[] = [runtimes, udocker, openEndpoints, wildcards];
