/** Makes the configuration of a composed image out of the one of the user's image. */
import { FdlError } from '../errors.ts';
import type { Image, ImageConfig } from './image.ts';
import { formatReference } from './reference.ts';

/** Labels of the OCI image specification for what an image was built on. */
export const BASE_NAME = 'org.opencontainers.image.base.name';
export const BASE_DIGEST = 'org.opencontainers.image.base.digest';
/** Our label: the image that Node was taken from, with its digest. */
export const RUNTIME = 'fdl.runtime';

export type Variables = Readonly<Record<string, string>>;

interface ConfigAdditions {
  readonly entrypoint: readonly string[];
  readonly labels: Variables;
  /** Our layers, the lowest first. */
  readonly layers: readonly { readonly diffId: string; readonly comment: string }[];
  /** Gives variables other names where they would disturb the start. */
  /** Variables of the supervisor. */
  readonly variables?: Variables;
  readonly renamed: (variables: Variables) => Variables;
}

/**
 * The configuration of the composed image. User, variables and labels stay; what belongs to the user's own command
 * (`Cmd`, `StopSignal`, `Healthcheck`) goes, since another program is started now. The working directory becomes the
 * root: AWS Lambda starts no image whose directory it may not enter, such as `/root`; the supervisor enters it later.
 */
export function composedConfig(base: ImageConfig, additions: ConfigAdditions): ImageConfig {
  const { Cmd, StopSignal, Healthcheck, ArgsEscaped, ...kept } = base.config ?? {};
  // Docker's record of the container that the last layer was made in.
  const { container, container_config, ...image } = base;
  const { entrypoint, labels, layers, renamed, variables = {} } = additions;
  return {
    ...image,
    config: {
      ...kept,
      Entrypoint: entrypoint,
      WorkingDir: '/',
      Env: toList({ ...renamed(withoutOurs(toVariables(kept.Env ?? []))), ...variables }),
      Labels: { ...kept.Labels, ...labels },
    },
    rootfs: { ...base.rootfs, diff_ids: [...base.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
    ...(base.history && {
      history: [...base.history, ...layers.map(({ comment }) => ({ created_by: comment }))],
    }),
  };
}

/**
 * What a container of the user's image would run.
 * @throws FdlError `image-invalid`: the image is one of ours, whose command is the supervisor
 */
export function commandOf({ config: { config }, reference }: Image): readonly string[] {
  if (config?.Labels?.[RUNTIME] !== undefined) {
    const message = `the image ${formatReference(reference)} was made by fdl for a step`;
    const base = config.Labels[BASE_NAME];
    const hint = `Name the image it was made of${base ? `: ${base}` : ''}.`;
    throw new FdlError('image-invalid', message, { hint });
  }
  return [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])];
}

function toVariables(list: readonly string[]): Variables {
  const pairs = list.map((line) => /^([^=]+)=(.*)$/s.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** Variables that steer the supervisor are set by whoever starts it, never by an image. */
function withoutOurs(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('FDL_')));
}

function toList(variables: Variables): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
