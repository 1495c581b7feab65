/** What a judge has to say about a request. */

export interface Finding {
  readonly service: string;
  readonly operation: string;
  /** Path of the member: `Environment.Variables{A}`. */
  readonly member: string;
  readonly value: unknown;
  /** Kind of the rule: `required`, `pattern`, `unknown-action`, … */
  readonly rule: string;
  /** The rule as its source has it, and the source. */
  readonly says: string;
}

/** One line for people: `lambda CreateFunction: MemorySize is 20000 (max: …)`. */
export function inWords({ service, operation, member, value, rule, says }: Finding): string {
  return `${service} ${operation}: ${member} is ${shortened(value)} (${rule}: ${says})`;
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
