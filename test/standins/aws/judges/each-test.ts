/** Vitest's set-up of a file: a test whose requests break a rule of AWS fails, whatever else it looks at. */
import { afterAll, afterEach, inject } from 'vitest';
import { acquit, setPolicyJudge } from './docket.ts';

setPolicyJudge(inject('policyJudge'));
afterEach(acquit);
// What was sent after the last test.
afterAll(acquit);
