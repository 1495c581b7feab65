/** Where the credentials for calls to AWS come from. */
import { FdlError } from '../../errors.ts';

interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Gives keys that are valid now. */
export type KeySource = () => Promise<AwsKeys>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Keys from the environment alone, as AWS Lambda gives them. Rejects with `FdlError` `aws-credentials`. */
export function environmentKeys(env: Environment): KeySource {
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
    const { AWS_SESSION_TOKEN: sessionToken } = env;
    if (!accessKeyId || !secretAccessKey) {
      throw new FdlError('aws-credentials', 'there are no credentials for AWS in the environment');
    }
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  };
}

/** Keys from wherever the AWS SDK finds some: environment, profile, or the role of a container. */
export function ambientKeys(): KeySource {
  let chain: KeySource | undefined;
  return async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    chain ??= defaultProvider();
    return chain();
  };
}
