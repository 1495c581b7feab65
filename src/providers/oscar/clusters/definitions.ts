/** Services of a cluster as FDL files. */
import { FdlError } from '../../../errors.ts';
import { nearest } from '../../../fdl/suggest.ts';
import { ownerOf, VOLUME_ANNOTATION } from '../annotations.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import type { OscarClient } from '../api/calls.ts';
import { type FdlFile, fdlFile } from '../to-fdl/file.ts';
import { requireService } from './services.ts';

export type { FdlFile };

export interface Definitions {
  /** One service, whoever made it. @throws FdlError `service-unknown` */
  service(name: string): Promise<FdlFile>;
  /**
   * All services that one sees, by their names; those of one workflow where it is named.
   * @throws FdlError `workflow-unknown` where it has none, `nothing-to-export` where there is no service at all
   */
  all(workflow?: string): Promise<FdlFile>;
  /**
   * What it takes to remove services: where they are, and what they have to do with. Throws as the others.
   */
  outline(of: { readonly service: string } | { readonly workflow: string }): Promise<FdlFile>;
}

export function openDefinitions(client: OscarClient, signal: AbortSignal): Definitions {
  const { cluster } = client;
  const fileOf = async (services: readonly ServiceAnswer[], name: string, notes: readonly string[] = []) =>
    fdlFile(services, { cluster, name, sizes: await volumeSizes(client, services, signal), notes });
  return {
    service: async (name) => {
      const [service, seen] = await Promise.all([
        requireService(client, name, signal),
        client.services(signal),
      ]);
      const workflow = ownerOf(service)?.workflow;
      const others =
        workflow === undefined ? [] : seen.filter((each) => ownerOf(each)?.workflow === workflow);
      return fileOf([service], name, others.length > 1 ? [onlyOne(name, workflow)] : []);
    },
    all: async (workflow) => {
      const seen = [...(await client.services(signal))].sort((a, b) => (a.name < b.name ? -1 : 1));
      const wanted = workflow === undefined ? seen : ofWorkflow(seen, workflow, cluster);
      if (wanted.length > 0) return fileOf(wanted, workflow ?? cluster);
      throw new FdlError('nothing-to-export', `cluster ${cluster} shows you no service`);
    },
    outline: async (of) => {
      const services =
        'service' in of
          ? [await requireService(client, of.service, signal)]
          : ofWorkflow(await client.services(signal), of.workflow, cluster);
      const name = 'service' in of ? of.service : of.workflow;
      return fdlFile(services, { cluster, name, sizes: new Map(), isOutline: true });
    },
  };
}

function onlyOne(name: string, workflow: string | undefined): string {
  return `${name} is one of the steps of the workflow ${workflow}: with this file alone, apply --prune would remove the others.`;
}

/** @throws FdlError `workflow-unknown` */
export function ofWorkflow(
  services: readonly ServiceAnswer[],
  workflow: string,
  cluster: string,
): readonly ServiceAnswer[] {
  const own = services.filter((service) => ownerOf(service)?.workflow === workflow);
  if (own.length > 0) return own;
  const others = [...new Set(services.flatMap((service) => ownerOf(service)?.workflow ?? []))];
  const near = nearest(workflow, others);
  const meant = near === undefined ? '' : `Did you mean ${near}? `;
  const hint = `${meant}fdl service ls --cluster ${cluster} lists services with their workflows.`;
  throw new FdlError('workflow-unknown', `cluster ${cluster} has no service of a workflow "${workflow}"`, {
    hint,
  });
}

/** Of the volumes that fdl made for services, which do not say it themselves. */
async function volumeSizes(
  client: OscarClient,
  services: readonly ServiceAnswer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    services.map(async (service) => {
      const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
      const name = annotations[VOLUME_ANNOTATION];
      const volume = name === undefined ? undefined : await client.volume(name, signal);
      return volume?.size ? [[service.name, volume.size] as const] : [];
    }),
  );
  return new Map(found.flat());
}
