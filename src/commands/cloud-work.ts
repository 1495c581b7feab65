/** Putting files where they trigger steps on clouds, and waiting for what comes of it: what run and put share. */
import { FdlError } from '../errors.ts';
import { folderUri } from '../workflow/draw.ts';
import { triggeredSteps } from '../workflow/follow.ts';
import { type Cloud, requireDeployed, stepsFrom } from './cloud.ts';
import type { CommandContext } from './command.ts';
import { type FollowOptions, openFollower, type Waited } from './follow.ts';
import type { Intake } from './sources.ts';
import { type Uploaded, uploadFiles } from './upload.ts';

/** Puts files; the steps that they trigger must be there, since nothing tells a step of files that came before it. */
export async function putFiles(context: CommandContext, cloud: Cloud, intake: Intake): Promise<Uploaded> {
  await requireDeployed(context, cloud, new Set(triggered(cloud, intake)));
  return uploadFiles(context, cloud, intake.sources, intake.folder);
}

/**
 * Puts files and waits until nothing that they set off is left to do.
 * @throws FdlError `step-not-deployed`, `nothing-triggered`
 */
export async function putAndFollow(
  context: CommandContext,
  cloud: Cloud,
  intake: Intake,
  options: FollowOptions,
): Promise<Uploaded & Waited> {
  const first = triggered(cloud, intake);
  if (first.length === 0) throw nothingTriggered(intake);
  await requireDeployed(context, cloud, stepsFrom(cloud.workflow, first));
  const follower = await openFollower(context, cloud, options);
  const uploaded = await uploadFiles(context, cloud, intake.sources, intake.folder);
  return { ...uploaded, ...(await follower.until(uploaded.puts)) };
}

function nothingTriggered({ folder }: Intake): FdlError {
  const message = `files in ${folderUri(folder)} trigger no step`;
  const hint = 'AWS starts functions for files in S3 only; call the step itself: fdl invoke.';
  return new FdlError('nothing-triggered', message, { hint, exitCode: 2 });
}

/** The steps that the files trigger. */
function triggered({ workflow }: Cloud, { folder, sources }: Intake): readonly string[] {
  const steps = triggeredSteps(workflow);
  const { store, bucket, prefix } = folder;
  const keys = sources.map(({ name }) => (prefix === '' ? name : `${prefix}/${name}`));
  return [...new Set(keys.flatMap((key) => steps({ store, bucket, key })))];
}
