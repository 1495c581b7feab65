/**
 * Prefixes and suffixes of object keys in the notification configuration of a bucket. S3 compares them with keys as they
 * stand in events: a space is `+`, and what is not among S3's safe characters is percent-encoded.
 * Rule: S3's user guide, "Configuring event notifications using object key name filtering" and "Safe characters"; that a
 * plain `=` matches nothing was reported in https://github.com/aws/aws-cdk/pull/28012.
 */

/** What S3 takes as it is: its safe characters, encoded ones, and `+` for a space. */
const ENCODED = /^(?:[A-Za-z0-9/!\-_.*'()+]|%[0-9A-Fa-f]{2})*$/;

/** A prefix or suffix as S3 wants it. */
export function encodeKeyFilter(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+').replaceAll('~', '%7E');
}

/** The prefix or suffix that a filter means; text that nobody encoded means itself. */
export function decodeKeyFilter(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** Whether a filter is in a form in which S3 can find keys by it. */
export function isKeyFilter(value: string): boolean {
  return ENCODED.test(value);
}
