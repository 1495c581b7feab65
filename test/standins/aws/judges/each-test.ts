/**
 * Vitest's set-up of a file: a test whose requests break a rule of AWS fails, whatever else it looks at. The environment is
 * as it was once the file ends, since the next one may run in the same process.
 */
import { afterAll, afterEach, inject } from 'vitest';
import { setMotoSource } from '../../moto.ts';
import { acquit, setPolicyJudge } from './docket.ts';

const environment = { ...process.env };

setPolicyJudge(inject('policyJudge'));
setMotoSource(inject('motoSource'));
// Registered first, it runs last.
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});
afterEach(acquit);
// What was sent after the last test.
afterAll(acquit);
