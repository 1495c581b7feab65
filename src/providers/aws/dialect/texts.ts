/** Names and texts that AWS would refuse: descriptions, tags, environment variables and names of jobs. */
import type { Diagnostic } from '../../../fdl/diagnostic.ts';
import { Secret } from '../../../secret.ts';
import { type CheckContext, note, problem, type Rule } from '../../../workflow/check.ts';
import { runsGivenImage } from './ecr.ts';
import { bytesOfVariables, FUNCTION_BYTES, isKeptByBatch, lambdaNameProblem } from './lambda-variables.ts';
import { ACCESS_POINT, type AwsStep, MOUNT_PATH } from './step.ts';

/** Characters, of which one may be two units of JavaScript. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** Rule: `Description` of Lambda's API. */
const LONGEST_DESCRIPTION = 256;

const description: Rule<AwsStep> = (step, { at }) => {
  const length = lengthOf(String(step.settings.lambda?.description ?? ''));
  // A step in `batch` mode has no function of its own that could be described.
  if (step.mode === 'batch' || length <= LONGEST_DESCRIPTION) return [];
  const message = `"description" has ${length} characters, ${LONGEST_DESCRIPTION} are allowed`;
  return [problem(step, 'too-long', message, at(step, 'lambda', 'description'), 'Shorten it.')];
};

/** Names that AWS keeps for itself, and those of fdl's own tags: they are never written. */
export const RESERVED_TAG = /^(aws|fdl):/i;

/** Rules: `TagKey` and `TagValue` of the APIs of Lambda, IAM, Systems Manager and CloudWatch Logs. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const LONGEST_TAG_NAME = 128;
const LONGEST_TAG_VALUE = 256;
/** AWS takes 50 on one object, of which fdl needs up to ten. Rule: `tagListType` of IAM's API. */
const MOST_TAGS = 40;

const tags: Rule<AwsStep> = (step, context) => {
  const given = Object.entries(step.settings.lambda?.tags ?? {});
  const written = given.filter(([name]) => !RESERVED_TAG.test(name));
  return [
    ...given.flatMap(([name]) => reservedTag(step, context, name)),
    ...written.flatMap(([name, value]) => refusedTag(step, context, name, String(value))),
    ...tagsTwice(step, context, written),
    ...tooManyTags(step, context, written.length),
  ];
};

function reservedTag(step: AwsStep, { at }: CheckContext, name: string): readonly Diagnostic[] {
  const [, owner] = RESERVED_TAG.exec(name) ?? [];
  if (owner === undefined) return [];
  const message = `the tag "${name}" has no effect: names that begin with "${owner}:" are kept for ${owner === 'fdl' ? 'fdl' : 'AWS'} itself`;
  return [note(step, 'reserved-tag', message, at(step, 'lambda', 'tags', name), 'Remove it, or rename it.')];
}

function refusedTag(step: AwsStep, { at }: CheckContext, name: string, value: string): readonly Diagnostic[] {
  const wrong = textProblem(name, 'name', LONGEST_TAG_NAME) ?? textProblem(value, 'value', LONGEST_TAG_VALUE);
  if (wrong === undefined) return [];
  const hint = 'Use letters, digits, spaces and "_.:/=+-@".';
  const message = `the tag "${name}" is refused by AWS: ${wrong}`;
  return [problem(step, 'tag', message, at(step, 'lambda', 'tags', name), hint)];
}

function textProblem(text: string, what: 'name' | 'value', longest: number): string | undefined {
  if (what === 'name' && text === '') return 'its name is empty';
  const length = lengthOf(text);
  if (length > longest) return `its ${what} has ${length} characters, ${longest} are allowed`;
  return TAG_TEXT.test(text) ? undefined : `its ${what} has other characters than tags may have`;
}

/** Rule: IAM's user guide, "Tagging IAM resources": names of tags on roles are equal whatever their case. */
function tagsTwice(
  step: AwsStep,
  { at }: CheckContext,
  all: readonly (readonly [string, unknown])[],
): readonly Diagnostic[] {
  // Of a role that the file names, no tags are written.
  if (step.settings.iam?.role) return [];
  const first = new Map<string, string>();
  return all.flatMap(([name]) => {
    const before = first.get(name.toLowerCase());
    if (before === undefined) {
      first.set(name.toLowerCase(), name);
      return [];
    }
    const message = `the tags "${before}" and "${name}" are one and the same on the role of "${step.id}"`;
    return [problem(step, 'tag', message, at(step, 'lambda', 'tags', name), 'Remove one of them.')];
  });
}

function tooManyTags(step: AwsStep, { at }: CheckContext, count: number): readonly Diagnostic[] {
  if (count <= MOST_TAGS) return [];
  const message = `"${step.id}" has ${count} tags, ${MOST_TAGS} are allowed`;
  const hint = 'Remove some: AWS takes 50, and fdl sets up to ten itself.';
  return [problem(step, 'tag', message, at(step, 'lambda', 'tags'), hint)];
}

/** An image that is run as it is gets all plain variables from AWS; others have those that AWS refuses inside. */
const variables: Rule<AwsStep> = (step, { at }) => {
  if (!runsGivenImage(step)) return [];
  return plainVariables(step).flatMap(([name]) => {
    const why =
      (step.mode === 'batch' ? undefined : lambdaNameProblem(name)) ??
      (step.mode !== 'lambda' && isKeptByBatch(name) ? 'AWS Batch keeps it for itself' : undefined);
    if (why === undefined) return [];
    const message = `the variable "${name}" is refused by AWS: ${why}`;
    const hint = 'Rename it, or remove "create_image: false", so that it travels in an image of its own.';
    return [problem(step, 'variable-name', message, at(step, ...placeOf(step, name)), hint)];
  });
};

const variablesTooLarge: Rule<AwsStep> = (step, { at }) => {
  if (!runsGivenImage(step) || step.mode === 'batch') return [];
  const all = plainVariables(step);
  const bytes = bytesOfVariables(Object.fromEntries(all));
  const [first] = all;
  if (first === undefined || bytes <= FUNCTION_BYTES) return [];
  const message = `the environment variables of "${step.id}" have ${bytes} bytes, ${FUNCTION_BYTES} are allowed`;
  const hint = 'Shorten them, or remove "create_image: false", so that they travel in an image of its own.';
  const section = placeOf(step, first[0]).slice(0, -2);
  return [problem(step, 'too-long', message, at(step, ...section), hint)];
};

function plainVariables(step: AwsStep): readonly (readonly [string, string])[] {
  return Object.entries(step.environment).flatMap(([name, value]) =>
    value instanceof Secret ? [] : [[name, value] as const],
  );
}

/** Where variables are declared; what comes later counts. */
const SECTIONS = [
  ['lambda', 'environment'],
  ['lambda', 'container', 'environment'],
  ['batch', 'environment'],
] as const;

/** The fields that lead to a variable of a step. */
function placeOf({ settings }: AwsStep, name: string): readonly string[] {
  const paths = SECTIONS.flatMap((path) =>
    ['Variables', 'variables'].map((spelling) => [...path, spelling, name]),
  );
  const isThere = (path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], settings) !==
    undefined;
  return paths.findLast(isThere) ?? ['lambda'];
}

/**
 * Jobs are defined under the name of their step. Rule: Batch's API asks for a letter or a digit first, as the AWS provider
 * of Terraform checks too (internal/service/batch/validate.go).
 */
const jobName: Rule<AwsStep> = (step, { at }) => {
  if (step.mode === 'lambda' || !/^[-_]/.test(step.name)) return [];
  const message = `"${step.name}" is no name for jobs: it begins with "${step.name[0]}"`;
  const hint = 'Begin it with a letter or a digit.';
  return [problem(step, 'job-name', message, at(step, 'lambda', 'name'), hint)];
};

/** Neither a function nor a run on this machine has such a file system. */
const fileSystems: Rule<AwsStep> = (step, { at }) =>
  (step.settings.lambda?.file_system ?? []).flatMap(({ Arn = '', LocalMountPath = '' }, index) => {
    const place = at(step, 'lambda', 'file_system', index);
    const wrong = (message: string, hint: string) =>
      problem(step, 'file-system', message, place, hint, 'any');
    return [
      ...(ACCESS_POINT.test(Arn)
        ? []
        : [wrong(`"Arn: ${Arn}" is no access point of EFS`, 'Copy its ARN, which ends with "/fsap-…".')]),
      ...(MOUNT_PATH.test(LocalMountPath)
        ? []
        : [
            wrong(
              `nothing can be mounted at "LocalMountPath: ${LocalMountPath}"`,
              'Write one folder below /mnt, such as /mnt/efs.',
            ),
          ]),
    ];
  });

export const TEXTS: readonly Rule<AwsStep>[] = [
  description,
  tags,
  variables,
  variablesTooLarge,
  jobName,
  fileSystems,
];
