/** Which machine a job is likely to run on, and what part of it the job takes. Pure. */
import type { PriceOf } from '../../../workflow/prices.ts';
import { MACHINE, MACHINE_SIZES, type MachineSize } from './prices.ts';

/**
 * Families that AWS Batch chooses from. Rule: `instanceTypes` of `ComputeResource` in AWS Batch's API; `optimal` means the same
 * as `default_x86_64`.
 */
const X86 = ['m6i', 'c6i', 'r6i', 'c7i'];
const BUNDLES: Readonly<Record<string, readonly string[]>> = {
  optimal: X86,
  default_x86_64: X86,
  default_arm64: ['m6g', 'c6g', 'r6g', 'c7g'],
};

/** A machine, and the part of it that a job takes. */
interface Machine {
  readonly type: string;
  /** From 0 to 1: of vCPUs, memory or GPUs, whichever it takes most of. */
  readonly share: number;
}

/**
 * The cheapest machine that a job fits on, among types and families as a file names them; nothing where no price is known of
 * such a one. Of a type whose size is not known, a job takes all.
 */
export function machineFor(
  names: readonly string[],
  job: MachineSize,
  { priceOf, region }: { readonly priceOf: PriceOf; readonly region: string },
): Machine | undefined {
  const priceOfType = (type: string) => priceOf(`${MACHINE}${type}`, region)?.tiers[0]?.price;
  const known = names.flatMap(typesOf).flatMap((type) => {
    const price = priceOfType(type);
    const size = MACHINE_SIZES.get(type);
    return price !== undefined && (!size || fits(job, size)) ? [{ type, price, size }] : [];
  });
  const [cheapest] = known.sort((a, b) => a.price - b.price);
  if (!cheapest) return undefined;
  const { type, size } = cheapest;
  return { type, share: size ? shareOf(job, size) : 1 };
}

/** A type, or all types of a family or of a bundle. */
function typesOf(name: string): readonly string[] {
  if (name.includes('.')) return [name];
  const families = BUNDLES[name] ?? [name];
  return [...MACHINE_SIZES.keys()].filter((type) => families.includes(type.split('.')[0] ?? ''));
}

/** The agent of Amazon ECS takes some of the memory, so that no job gets all. Rule: AWS Batch's user guide, "Compute resource memory management". */
function fits(job: MachineSize, machine: MachineSize): boolean {
  return job.vcpus <= machine.vcpus && job.memory < machine.memory && job.gpus <= machine.gpus;
}

function shareOf(job: MachineSize, machine: MachineSize): number {
  const gpus = machine.gpus > 0 ? job.gpus / machine.gpus : 0;
  return Math.min(1, Math.max(job.vcpus / machine.vcpus, job.memory / machine.memory, gpus));
}
