/** What people should know of jobs before they are set up. Pure. */
import type { Workflow } from '../../../workflow/model.ts';
import { type AwsFacts, stepDeployments } from '../facts.ts';
import { type Machines, machinesOf } from '../machines.ts';

/** What would keep jobs waiting or failing: whole sentences. Steps that share machines share what is to be said of them. */
export function batchNotes(workflow: Workflow, facts: AwsFacts): readonly string[] {
  const groups = machinesOf(stepDeployments(workflow, facts));
  const warnings = groups.flatMap(({ steps }) =>
    steps.flatMap((deployment) => deployment.facts.batch?.warnings ?? []),
  );
  return [...new Set([...warnings, ...groups.flatMap(tightDisks), ...groups.flatMap(missingFiles)])];
}

const GIB = 1024 ** 3;
/** How much larger images are unpacked: a third of their size is usual for layers. */
const UNPACKED = 3;
/** GiB that the system of a machine takes, with its agent and its logs. */
const SYSTEM = 5;

/** GiB of every job on AWS Fargate. Rule: `EphemeralStorage` in AWS Batch's API. */
const TASK_DISK = 20;

function tightDisks({ steps, rootVolumeGb: ofMachine, fargate }: Machines): readonly string[] {
  return steps.flatMap(({ step, facts: { image } }) => {
    const ofTask = step.settings.batch?.compute_resources?.root_volume_gb ?? TASK_DISK;
    const rootVolumeGb = fargate ? ofTask : ofMachine;
    const packed = image?.kind === 'composed' ? (image.packedBytes ?? 0) / GIB : 0;
    const needed = Math.ceil(packed * UNPACKED + SYSTEM);
    if (packed === 0 || needed <= rootVolumeGb) return [];
    const size = `the image of "${step.id}" has ${packed.toFixed(1)} GiB packed`;
    return [
      `${size}: disks of ${rootVolumeGb} GiB may be too small for it ("root_volume_gb": ${needed} or more)`,
    ];
  });
}

function missingFiles({ steps }: Machines): readonly string[] {
  return steps.flatMap(({ step }) => {
    const files = step.settings.lambda?.file_system ?? [];
    return files.length === 0
      ? []
      : [`jobs of "${step.id}" do not have the file systems that its function would have`];
  });
}
