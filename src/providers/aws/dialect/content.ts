/** What a function on AWS is called and what it runs. */

import {
  missingImage,
  scriptHint,
  unhandledInput,
  wrongImageName,
} from '../../../workflow/checks/content.ts';
import { note, problem, type Rule } from '../../../workflow/checks/context.ts';
import { lengthOr } from '../../../workflow/checks/names.ts';
import { runsGivenImage } from './ecr.ts';
import type { AwsStep } from './step.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

const functionName: Rule<AwsStep> = (step, { at }) => {
  if (FUNCTION_NAME.test(step.name)) return [];
  const message = `"${step.name}" is no name for a function: ${lengthOr(step.name, 64, 'it has other characters')}`;
  const hint = 'Use up to 64 letters, digits, "-" and "_".';
  return [problem(step, 'function-name', message, at(step, 'lambda', 'name'), hint)];
};

const image: Rule<AwsStep> = (step, { at }) => {
  const file = step.settings.lambda?.container?.image_file;
  if (step.image || !file) return missingImage(step, 'Add "container: {image: …}" below "lambda:".');
  const place = at(step, 'lambda', 'container', 'image_file');
  const hint = 'Push the image to a registry and name it as "container.image".';
  return [problem(step, 'image-file', `"image_file: ${file}" cannot be deployed yet`, place, hint)];
};

const imageName: Rule<AwsStep> = (step, { at }) =>
  wrongImageName(step, at(step, 'lambda', 'container', 'image'));

/** An image that is run as it is brings its own program. */
const missingScript: Rule<AwsStep> = (step) => {
  if (step.script || runsGivenImage(step)) return [];
  const hint = scriptHint('init_script');
  if (step.inputs.length > 0) return unhandledInput(step, hint);
  const message = `"${step.id}" has no script: it runs what a call brings along`;
  return [note(step, 'no-script', message, step.place, hint)];
};

const unusedScript: Rule<AwsStep> = (step, { at }) => {
  if (!step.script || !runsGivenImage(step)) return [];
  const message = `"${step.id}" runs its image as it is, so its script has no effect on AWS`;
  const hint = 'Remove "create_image: false", so that the function gets an image with the script in it.';
  return [note(step, 'script-without-effect', message, at(step, 'lambda', 'init_script'), hint)];
};

export const CONTENT: readonly Rule<AwsStep>[] = [
  functionName,
  image,
  imageName,
  missingScript,
  unusedScript,
];
