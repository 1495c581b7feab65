/** Names that buckets of S3 may have. MinIO follows the same rules. */

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED = /\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|-s3alias$|^sthree-/;

/** What to do about another name. */
export const BUCKET_NAMES =
  'Use 3 to 63 lower-case letters, digits, "." and "-", with a letter or digit at both ends.';

/** Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name);
}
