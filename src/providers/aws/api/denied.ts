/** Who may not do what: read from AWS's own text. */

/**
 * Rules: IAM's user guide, "Troubleshoot access denied error messages": `User: ARN is not authorized to perform: ACTION on
 * resource: ARN because no identity-based policy allows the ACTION action`, also with a resource in quotes or without one;
 * EC2 says `You are not authorized …` before, and a blob for decoding behind.
 */
const SENTENCE =
  /(?:User: )?(arn:\S+) is not authorized to perform: ([\w-]+:\w+)(?: on(?: the)? resource: "?((?:(?:role|user|group|policy|instance profile) )?[^"\s]+)"?)?(?:,? (because [^.]*|with an explicit deny[^.]*))?/;

/** A sentence with the action, the resource and who asked, where AWS says so. */
export function deniedText(call: string, message: string): string | undefined {
  const [, who, action, found = '', why] =
    SENTENCE.exec(message.replace(/ Encoded authorization failure.*/s, '')) ?? [];
  if (who === undefined || action === undefined) return undefined;
  const on = found === '' || found === '*' ? '' : ` on ${found}`;
  const reason = why === undefined ? '' : ` (${why.trim()})`;
  return `AWS refused ${call}: ${action}${on} is not permitted to ${who}${reason}`;
}
