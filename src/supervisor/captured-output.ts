/** Keeps the first bytes of a stream. */

export interface CapturedOutput {
  push(chunk: Buffer): void;
  /** What was kept, and whether there was more. */
  result(): { readonly stdout: Uint8Array; readonly stdoutCut: boolean };
}

/** Keeps up to `limit` bytes. */
export function capturedOutput(limit: number): CapturedOutput {
  const kept: Buffer[] = [];
  let size = 0;
  let cut = false;
  return {
    push: (chunk) => {
      const part = chunk.subarray(0, limit - size);
      if (part.length > 0) kept.push(part);
      size += part.length;
      cut ||= part.length < chunk.length;
    },
    result: () => ({ stdout: Buffer.concat(kept), stdoutCut: cut }),
  };
}
