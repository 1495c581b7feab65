/** Images in registries of AWS accounts (ECR), and steps that run one of them as it is. */
import type { AwsStep } from './step.ts';

/** The region of a registry of ECR by its host; nothing for other hosts. */
export function ecrRegion(host: string): string | undefined {
  return /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.exec(host)?.[1];
}

/** The region of the registry of an AWS account that an image is in, if it is in one. */
export function registryRegion(image: string): string | undefined {
  return ecrRegion(image.trim().split('/')[0] ?? '');
}

/** Whether a step is an image of an account's registry that brings everything along, and is run as it is. */
export function runsGivenImage({ image = '', settings }: Pick<AwsStep, 'image' | 'settings'>): boolean {
  return settings.lambda?.container?.create_image === false && registryRegion(image) !== undefined;
}
