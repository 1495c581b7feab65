/** What entries of `functions.aws` say of direct calls. */
import type { DirectCall, HttpCall } from '../../../workflow/dialect.ts';
import type { Step } from '../../../workflow/model.ts';
import { runsGivenImage } from './ecr.ts';
import { isAws } from './step.ts';

/** `payload` counts first, then `c_args`, then `run_script`, as in SCAR. AWS Lambda takes text only. */
export function awsCall(step: Step): DirectCall {
  const { asynchronous, invocation_type: type } = lambdaOf(step);
  const kind = type?.trim().toLowerCase();
  return {
    takesBytes: false,
    runsScripts: isAws(step) && !step.script && !runsGivenImage(step),
    async: asynchronous === true || kind === 'event',
    dryRun: kind === 'dryrun',
    content: contentOf(step),
  };
}

function contentOf(step: Step): DirectCall['content'] {
  const { payload, c_args: words = [], run_script: script, init_script: own } = lambdaOf(step);
  if (!isEmpty(payload)) return { event: payload };
  if (words.length > 0) return { event: { cmd_args: JSON.stringify(words) } };
  // Without a script of its own, this one is what the step runs anyway.
  return script === undefined || own === undefined ? { event: {} } : { script };
}

/** `json_data` counts before `data_binary`, as in SCAR. */
export function awsHttpCall(step: Step): HttpCall {
  const api = (isAws(step) ? step.settings.api_gateway : undefined) ?? {};
  const parameters = { field: 'api_gateway.parameters', value: api.parameters };
  const json = { field: 'api_gateway.json_data', value: api.json_data };
  const file = api.data_binary ? { file: api.data_binary } : undefined;
  const content = isEmpty(json.value) ? file : { json };
  return { ...(!isEmpty(parameters.value) && { parameters }), ...(content && { content }) };
}

function lambdaOf(step: Step) {
  return (isAws(step) && step.settings.lambda) || {};
}

function isEmpty(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  return (
    value === undefined || value === null || value === '' || (isObject && Object.keys(value).length === 0)
  );
}
