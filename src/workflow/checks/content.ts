/** What a step runs: an image and a script. */
import { runsGivenImage } from '../ecr.ts';
import type { Step } from '../model.ts';
import { type Check, note, problem } from './context.ts';

const missingImage: Check = ({ workflow, at }) =>
  workflow.steps.flatMap((step) => {
    if (step.image) return [];
    const file = step.provider === 'aws' && step.settings.lambda?.container?.image_file;
    if (file) {
      const place = at(step, 'lambda', 'container', 'image_file');
      const hint = 'Push the image to a registry and name it as "container.image".';
      return [problem(step, 'image-file', `"image_file: ${file}" cannot be deployed yet`, place, hint)];
    }
    const hint =
      step.provider === 'aws'
        ? 'Add "container: {image: …}" below "lambda:".'
        : 'Add "image:" to the service.';
    return [problem(step, 'missing-image', `"${step.id}" has no container image`, step.place, hint)];
  });

/**
 * `[registry[:port]/]name[:tag][@digest]`, names in lower case.
 * Rule: https://github.com/distribution/reference
 */
const REFERENCE =
  /^(?:(?:[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[a-fA-F0-9]{32,})?$/;

/** InterLink hands the image to Singularity, which wants to know where it comes from: `docker://name`. */
function imageName({ provider, settings }: Step, image: string): string {
  const isRemote = provider === 'oscar' && settings.interlink_node_name;
  return isRemote ? image.trim().replace(/^docker:\/\//, '') : image.trim();
}

const imageNames: Check = ({ workflow, at }) =>
  workflow.steps.flatMap((step) => {
    if (!step.image || REFERENCE.test(imageName(step, step.image))) return [];
    const place = step.provider === 'aws' ? at(step, 'lambda', 'container', 'image') : at(step, 'image');
    const message = `"${step.image}" is no name of an image`;
    const hint = 'Write it as in: alpine:3.20, ghcr.io/owner/name:tag.';
    return [problem(step, 'image-name', message, place, hint)];
  });

/** An image that is run as it is brings its own program. */
function bringsProgram(step: Step): boolean {
  return step.provider === 'aws' && runsGivenImage(step);
}

const missingScript: Check = ({ workflow }) =>
  workflow.steps.flatMap((step) => {
    if (step.script || bringsProgram(step)) return [];
    const { provider, inputs, id, place } = step;
    const field = provider === 'aws' ? 'init_script' : 'script';
    const hint = `Add "${field}:" with the path of a shell script.`;
    if (inputs.length > 0) {
      const message = `"${id}" has an input, but no script to handle its files`;
      return [problem(step, 'missing-script', message, place, hint, 'any')];
    }
    if (provider === 'oscar' && !step.settings.kserve) {
      return [problem(step, 'missing-script', `the service "${id}" has no script`, place, hint)];
    }
    const message = `"${id}" has no script: it runs what a call brings along`;
    return provider === 'aws' ? [note(step, 'no-script', message, place, hint)] : [];
  });

const unusedScript: Check = ({ workflow, at }) =>
  workflow.steps.flatMap((step) => {
    if (!step.script || !bringsProgram(step)) return [];
    const message = `"${step.id}" runs its image as it is, so its script has no effect on AWS`;
    const hint = 'Remove "create_image: false", so that the function gets an image with the script in it.';
    return [note(step, 'script-without-effect', message, at(step, 'lambda', 'init_script'), hint)];
  });

export const contentChecks: readonly Check[] = [missingImage, imageNames, missingScript, unusedScript];
