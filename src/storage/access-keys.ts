/** The credentials of stores that speak the protocol of S3, as files name them. */
import { secret } from '../fdl/schema/field.ts';

const since = 'SCAR, OSCAR 2.0.0';

export const accessKeys = () => ({
  access_key: secret({ title: 'Access key', description: 'Id of the access key.', since }),
  secret_key: secret({ title: 'Secret key', description: 'Secret part of the access key.', since }),
});
