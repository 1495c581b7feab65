/** What the providers know of the language, one line for each: pure and light, for reading and checking files. */
import type { Dialect } from '../workflow/dialect.ts';
import { awsDialect } from './aws/dialect/index.ts';
import { oscarDialect } from './oscar/dialect/index.ts';

export const DIALECTS: readonly Dialect[] = [awsDialect, oscarDialect];
