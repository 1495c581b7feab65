/** The prices of AWS that are known here: on demand, in US dollars, without discounts and free tiers. */
import type { PriceList } from '../../../workflow/prices.ts';
import machineTypes from './machine-types.json' with { type: 'json' };
import prices from './prices.json' with { type: 'json' };

/** What AWS charges for, as price lists name it, and the unit that a price is for. */
const UNITS: Readonly<Record<string, string>> = {
  'lambda.request': 'request',
  'lambda.gb-second.x86_64': 'GB-second',
  'lambda.gb-second.arm64': 'GB-second',
  'lambda.tmp-gb-second': 'GB-second above 512 MB',
  'fargate.vcpu-hour.x86_64': 'vCPU-hour',
  'fargate.vcpu-hour.arm64': 'vCPU-hour',
  'fargate.gb-hour.x86_64': 'GB-hour',
  'fargate.gb-hour.arm64': 'GB-hour',
  'spot.ec2': 'share of the price on demand',
  'spot.fargate': 'share of the price on demand',
  's3.put': 'request',
  's3.get': 'request',
  's3.gb-month': 'GB-month',
  'http-api.request': 'request',
  'logs.gb': 'GB',
  'logs.gb-month': 'GB-month',
};

/** Before the name of a machine type: what an hour of it costs. */
export const MACHINE = 'ec2.';

/** The names of what may have a price, but for machine types. */
export const ITEMS: readonly string[] = Object.keys(UNITS);

/** The unit that a price is for; nothing where AWS charges for no such thing. */
export function unitOf(item: string): string | undefined {
  return item.startsWith(MACHINE) && item.length > MACHINE.length ? 'hour' : UNITS[item];
}

/** What a machine has, in vCPUs, MiB and GPUs of NVIDIA. */
export interface MachineSize {
  readonly vcpus: number;
  readonly memory: number;
  readonly gpus: number;
}

/**
 * Machine types by their names. Sizes as `DescribeInstanceTypes` has them; some of the newest and some that are gone have a
 * price only.
 */
export const MACHINE_SIZES: ReadonlyMap<string, MachineSize> = new Map(
  Object.entries(machineTypes.types).map(([type, [vcpus = 0, memory = 0, gpus = 0]]) => [
    type,
    { vcpus, memory, gpus },
  ]),
);

/** All lists, the source and the day on each. */
export const PRICE_LISTS: readonly PriceList[] = [
  ...(prices as readonly PriceList[]),
  {
    source: machineTypes.source,
    date: machineTypes.date,
    regions: [machineTypes.region],
    prices: Object.fromEntries(
      [
        ...Object.entries(machineTypes.types).map(([type, [, , , price = 0]]) => [type, price] as const),
        ...Object.entries(machineTypes.unsized),
      ].map(([type, price]) => [`${MACHINE}${type}`, price]),
    ),
  },
];
