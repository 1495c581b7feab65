/** What is said of fields that the older tools read and that change nothing here. */

/** Nothing replaces the field. */
export const WITHOUT_EFFECT = 'it has no effect; leave it out.';

/** All services of a step are called with one set of credentials. */
export const ONLY_LAMBDA_PROFILE =
  'it has no effect; `lambda.boto_profile` counts for all services of the step.';

/** All resources of a step are in one region. */
export const ONLY_LAMBDA_REGION = 'it has no effect; `lambda.region` counts for all services of the step.';
