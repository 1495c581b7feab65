/** What stands for the file systems that steps mount on their cloud: folders of this machine. */
import { chmodSync, mkdirSync } from 'node:fs';
import type { Found, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { fileSystemPath, type LocalHome } from '../home.ts';
import { keptFolders, names } from './kept-folder.ts';

export type FileSystemProps = {
  /** Its name on its cloud. */
  readonly fileSystem: string;
};

const RULES: Rules<FileSystemProps> = { fileSystem: IDENTITY };

/** The id of a file system's resource. */
export function fileSystemId(workflow: string, id: string): string {
  return `local/${workflow}/file-system/${id}`;
}

/** The file systems of a home. */
export function fileSystemKind(
  home: LocalHome,
  options: { readonly deleteData: boolean },
): ResourceKind<FileSystemProps, FileSystemProps> {
  return keptFolders(home, options, {
    title: 'file-system',
    rank: 2,
    rules: RULES,
    pathOf: ({ fileSystem }) => fileSystemPath(home, fileSystem),
    make: (path) => makeFileSystem(path),
    async list(workflow) {
      return names(home.fileSystems).map((fileSystem): Found<FileSystemProps> => {
        return { id: fileSystemId(workflow, fileSystem), attrs: { fileSystem } };
      });
    },
  });
}

/** Whoever an image runs as may write in it, as where an access point of EFS says who everybody is. */
export function makeFileSystem(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
}
