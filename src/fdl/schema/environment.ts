/** What `environment` sections are made of. */
import { record, secret, variable } from './field.ts';

/** Variables by name; `since` as in `About`. */
export function variables(since: string) {
  return record(variable({ title: 'Variable', description: 'Value of one environment variable.' }), {
    title: 'Variables',
    description: 'Environment variables by name. Values that come from `${env:…}` are kept as secrets.',
    examples: [{ THRESHOLD: '0.5' }],
    since,
  });
}

/** Secret variables by name. */
export function secrets(since: string) {
  return record(secret({ title: 'Secret', description: 'Value of one secret environment variable.' }), {
    title: 'Secrets',
    description: 'Environment variables whose values are stored as secrets and never shown.',
    examples: [{ API_TOKEN: '${env:API_TOKEN}' }],
    since,
  });
}
