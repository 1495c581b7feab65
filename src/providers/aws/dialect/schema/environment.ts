/** Environment variables of functions on AWS, in both spellings of their names. */
import { secrets, variables } from '../../../../fdl/schema/environment.ts';
import { type About, section } from '../../../../fdl/schema/field.ts';

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
