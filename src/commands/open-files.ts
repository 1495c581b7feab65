/** Files in stores, opened with what the command line gives: URIs may name stores of a workflow. */
import { type Files, isUri, openFiles } from '../session/files/index.ts';
import type { Session } from '../session/index.ts';
import { targetOf } from '../session/target.ts';
import type { CommandContext } from './command.ts';
import { fileOf, hasUsualFile, openSession, settingsOptions, type WorkflowOptions } from './open-session.ts';

export { isUri };

export interface FilesOptions extends WorkflowOptions {
  readonly file?: string;
}

/** Whether there is a file whose stores may be meant: one is named, or lies here. */
export function hasWorkflow(context: CommandContext, { file }: FilesOptions): boolean {
  return file !== undefined || hasUsualFile(context);
}

/** Whether all stores are those of this machine. */
export function isLocal({ environment }: CommandContext, { local }: WorkflowOptions): boolean {
  return local === true || targetOf(environment) === 'local';
}

/** Opens what works with URIs; a workflow is read only where one of its stores is needed. */
export function filesOf(context: CommandContext, options: FilesOptions): Files {
  const { file } = options;
  let session: Promise<Session> | undefined;
  const open = () => {
    session ??= openSession(context, fileOf(context, file), options, 'look');
    return session;
  };
  const isNeeded = hasWorkflow(context, options) || isLocal(context, options);
  const workflow = isNeeded ? { isNamed: file !== undefined, open } : undefined;
  return openFiles({ ...settingsOptions(context, options), workflow });
}
