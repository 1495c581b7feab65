/** The images of steps: a repository for a workflow at each site, an image for each step, and what is left of old ones. */
import { KNOWN_AFTER_APPLY } from '../../../deploy/plan-document.ts';
import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import { runtimeTag } from '../../../image/identity.ts';
import { ownTags } from '../api/tags.ts';
import { runsGivenImage } from '../dialect/ecr.ts';
import { idFor, type StepDeployment } from '../facts.ts';
import type { ImageProps } from '../kinds/image/index.ts';
import type { RepositoryProps } from '../kinds/repository/index.ts';
import type { UnusedImagesProps } from '../kinds/unused-images/index.ts';
import { registryHost, repositoryName } from '../names.ts';
import { awsId, siteKey } from '../site.ts';
import { runsJobs } from '../step.ts';
import { baseName } from './function.ts';
import { jobDefinitionId } from './job.ts';

/** Repositories, images and the removal of unused ones, which waits for everything in `users`: what runs the images. */
export function imageResources(
  steps: readonly StepDeployment[],
  users: readonly string[],
): readonly Resource[] {
  const composed = steps.filter(({ step }) => !runsGivenImage(step));
  const bySite = new Map<string, StepDeployment[]>();
  for (const deployment of composed) {
    const key = siteKey(deployment.facts.site);
    bySite.set(key, [...(bySite.get(key) ?? []), deployment]);
  }
  return [...bySite.values()].flatMap((group) => siteResources(group, users));
}

function siteResources(steps: readonly StepDeployment[], users: readonly string[]): readonly Resource[] {
  const [first] = steps;
  if (!first) return [];
  const { workflow, facts } = first;
  const { site } = facts;
  const name = repositoryName(workflow.name);
  const kept = steps.filter(({ step }) => step.settings.ecr?.delete_image === false);
  const id = awsId(site, 'repository', name);
  const keepImages = kept.length > 0;
  const props: RepositoryProps = { site, name, keepImages, tags: ownTags(workflow.name) };
  return [
    { id, kind: 'aws/repository', props, dependsOn: [] },
    ...steps.map((deployment) => image(deployment, name, id)),
    {
      id: awsId(site, 'unused-images', name),
      kind: 'aws/unused-images',
      props: {
        site,
        repository: name,
        keep: [...[...new Set(steps.flatMap(tagsInUse))].sort(), ...steps.flatMap(imagesOfJobs)],
        keepSteps: kept.map(({ step }) => step.name),
      } satisfies UnusedImagesProps,
      dependsOn: [id, ...users],
    },
  ];
}

/** Without facts, the image is to be removed: its name and its place are enough then. */
function image(deployment: StepDeployment, repository: string, repositoryId: string): Resource {
  const { step, facts } = deployment;
  const { site, account, partition, image: found } = facts;
  const composed = found?.kind === 'composed' ? found : undefined;
  return {
    id: idFor(deployment, 'image'),
    kind: 'aws/image',
    step: step.id,
    props: {
      site,
      step: step.name,
      repository,
      registry: registryHost(account, site.region, partition),
      tag: composed?.image.tag ?? '',
      base: composed ? baseName(composed.image) : '',
      runtime: composed?.image.runtimeDigest ?? '',
      ...(composed?.previous && { previous: composed.previous }),
    } satisfies ImageProps,
    dependsOn: [repositoryId],
  };
}

/** Jobs that have been submitted keep their image, whatever the step runs by now. */
function imagesOfJobs(deployment: StepDeployment): readonly Ref[] {
  return runsJobs(deployment.step) ? [ref(jobDefinitionId(deployment), 'formerImages')] : [];
}

/** The tag of a step's image, and of what Node was taken from for it. */
function tagsInUse({ facts: { image } }: StepDeployment): readonly string[] {
  if (image?.kind !== 'composed') return [];
  const { tag, architecture, runtimeDigest } = image.image;
  if (runtimeDigest === KNOWN_AFTER_APPLY) return [KNOWN_AFTER_APPLY];
  return [tag, runtimeTag(architecture, runtimeDigest)];
}
