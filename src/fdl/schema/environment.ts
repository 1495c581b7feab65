/** Environment variables, in both spellings of their names. */
import { type About, record, secret, section, variable } from './field.ts';

function variables(since: string) {
  return record(variable({ title: 'Variable', description: 'Value of one environment variable.' }), {
    title: 'Variables',
    description: 'Environment variables by name. Values that come from `${env:…}` are kept as secrets.',
    examples: [{ THRESHOLD: '0.5' }],
    since,
  });
}

function secrets(since: string) {
  return record(secret({ title: 'Secret', description: 'Value of one secret environment variable.' }), {
    title: 'Secrets',
    description: 'Environment variables whose values are stored as secrets and never shown.',
    examples: [{ API_TOKEN: '${env:API_TOKEN}' }],
    since,
  });
}

/** `environment` of a part of an AWS function. */
export function awsEnvironment(texts: About) {
  return section({ Variables: variables('SCAR'), variables: variables('fdl 0.1.0') }, texts);
}

/** `environment` of the container of an AWS function, which may hold secrets too. */
export function containerEnvironment(texts: About) {
  const ours = secrets('fdl 0.1.0');
  return section(
    { Variables: variables('SCAR'), variables: variables('fdl 0.1.0'), Secrets: ours, secrets: ours },
    texts,
  );
}

/** `environment` of an OSCAR service. Its server takes either case of letters since 3.4.0, OSCAR-CLI only `Variables`. */
export function serviceEnvironment(texts: About) {
  const hidden = secrets('OSCAR 3.4.0');
  return section(
    {
      Variables: variables('SCAR, OSCAR 2.0.0'),
      variables: variables('OSCAR 3.4.0'),
      Secrets: hidden,
      secrets: hidden,
    },
    texts,
  );
}
