/** Amounts as Kubernetes writes them: `500m`, `1.5`, `256Mi`, `1Gi`, `2e3`. */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The amount as a number, or nothing if the text is no quantity.
 * Rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(text.trim());
  const unit = match?.[2] ?? '?';
  return Object.hasOwn(FACTORS, unit) ? Number(match?.[1]) * (FACTORS[unit] ?? 1) : undefined;
}

/** A quantity of bytes in MiB, rounded up. */
export function parseMebibytes(text: string): number | undefined {
  const bytes = parseQuantity(text);
  return bytes === undefined ? undefined : Math.ceil(bytes / 2 ** 20);
}

/** What a cluster gives a service that asks for nothing, as Kubernetes quantities. */
export const OSCAR_DEFAULTS = { memory: '256Mi', cpu: '0.2' } as const;
