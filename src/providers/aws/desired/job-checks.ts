/** What keeps jobs of a step from being set up, as far as the file tells. */
import { FdlError } from '../../../errors.ts';
import { architectureOf } from '../architecture.ts';
import { catcherName } from '../names.ts';
import { type Placed, runsJobs } from './placed.ts';

/** @throws FdlError `gpu-processor`, `name-taken` */
export function checkJobs(placed: Placed, all: readonly Placed[]): void {
  const { step } = placed;
  if (!runsJobs(step)) return;
  if (step.limits.gpus > 0 && architectureOf(step) === 'arm64') {
    const message = `"${step.id}" asks for a GPU and for an ARM processor: Amazon ECS has no such images of machines`;
    const hint = 'Remove "architectures", or ask for no GPU.';
    throw new FdlError('gpu-processor', message, { hint, place: step.place });
  }
  const other = step.mode === 'lambda-batch' && all.find((each) => each.step.name === catcherName(step.name));
  if (!other) return;
  const message = `"${other.step.id}" has the name of the function that catches what "${step.id}" fails on`;
  throw new FdlError('name-taken', message, { hint: 'Give it another name.', place: other.step.place });
}
