/** Compiled by the build from the schema of the language. */
import type { Validate } from '../fdl/validate.ts';

declare const validate: Validate;
export default validate;
