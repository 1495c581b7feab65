/** How far files are that are put somewhere. */
import type { TransferProgress } from '../storage/transfer.ts';
import type { Emit, SourceFile, WorkEvent } from './runtime.ts';

/** Says it; without a progress, that it begins. */
export function uploading(
  sources: readonly SourceFile[],
  emit: Emit<WorkEvent>,
): (progress?: TransferProgress) => void | Promise<void> {
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  const none: TransferProgress = { files: sources.length, settled: 0, failed: 0, bytes: 0 };
  return (moved = none) => emit({ type: 'activity', activity: { name: 'uploading', moved, total } });
}
