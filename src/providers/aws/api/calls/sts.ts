/** The part of the AWS SDK for STS that is used: named one by one, so that the bundle leaves the rest of it out. */
export {
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
