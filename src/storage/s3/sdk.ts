/** The part of the AWS SDK that is used: named one by one, so that the bundle leaves the rest of it out. */
export { S3Client } from '@aws-sdk/client-s3';
