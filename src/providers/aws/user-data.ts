/** What machines are told when they start, by their launch template. */

const BOUNDARY = '==FDL==';

/**
 * Settings of the agent of Amazon ECS, as one part of a MIME message: AWS Batch adds parts of its own, and takes no
 * other form. Images that a machine has already are not fetched again: they are named by their digests.
 * Rules: AWS Batch's user guide, "Amazon EC2 user data in launch templates"; ECS's, "Amazon ECS container agent
 * configuration".
 */
export function userData(gpu: boolean): string {
  const settings = ['ECS_IMAGE_PULL_BEHAVIOR=prefer-cached', ...(gpu ? ['ECS_ENABLE_GPU_SUPPORT=true'] : [])];
  const lines = settings.map((setting) => `echo ${setting} >> /etc/ecs/ecs.config`);
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    '',
    `--${BOUNDARY}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/bash',
    ...lines,
    '',
    `--${BOUNDARY}--`,
    '',
  ].join('\n');
}
