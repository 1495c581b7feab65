/** Names that sound like a secret: what stands behind them is not shown. */

const SECRET_NAME =
  /secret|pass|pwd|token|key|access|credential|authorization|header|webhook|connection_?string/i;

/** Behind the colon or equals sign of the first name that sounds like a secret, or -1. */
export function endOfSecretName(text: string): number {
  const name = text.search(SECRET_NAME);
  const sign = name < 0 ? -1 : text.slice(name).search(/[:=]/);
  return sign < 0 ? -1 : name + sign + 1;
}

/** A key as it may be shown: without a space behind the colon, as in `{token:abc}`, the value is part of the key. */
export function shownKey(key: string): string {
  const end = endOfSecretName(key);
  return end < 0 ? key : `${key.slice(0, end)}…`;
}
