/** What the commands of the hub print. */
import type { Crate, CrateInfo, HubList } from '../../session/hub.ts';
import type { checkedDocument, WrittenCrateDocument } from '../hub.ts';
import { report } from './deployment.ts';
import { either, type Fields, flag, list, object, optional, type Schema, text } from './schema.ts';
import { diagnostic } from './shared.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

const crateFields: Fields<Crate> = {
  crate: text('Name of its folder'),
  title: text('Its title'),
  description: optional(text('What it does, as the crate tells it')),
  version: optional(text('Its version')),
  types: list('How it is called', text('`synchronous`, `asynchronous` or `exposed`')),
  author: optional(text('Who made it')),
  license: optional(text('Name or address of its license')),
  published: optional(text('When it was changed last, as the crate writes it')),
  memory: optional(text('Memory that it needs, as the crate writes it')),
  processors: list('Processors that it needs', text('As the crate writes it')),
  url: optional(text('Its page')),
};

/** By the names of the commands. */
export const HUB_DOCUMENTS: Readonly<Record<string, Schema<unknown>>> = {
  'hub ls': object<HubList>('The crates of a hub', {
    from: text('Where they are: a folder, or the page of a repository'),
    crates: list('By their titles', object<Crate>('A crate', crateFields)),
    unreadable: list(
      'Folders whose metadata cannot be read',
      object<Item<HubList['unreadable']>>('A folder', {
        crate: text('Its name'),
        reason: text('Why, for people'),
      }),
    ),
  }),
  'hub info': object<CrateInfo>('A crate', {
    ...crateFields,
    page: text('Where it is: a folder, or a page'),
    files: list('What lies in it, without folders', text('Name of a file')),
  }),
  'hub deploy': either<unknown>(
    report,
    object<WrittenCrateDocument>('With `--no-apply`: what was written', {
      crate: text('Name of the crate'),
      file: text('The FDL file, as an absolute path'),
    }),
  ),
  'hub validate': object<ReturnType<typeof checkedDocument>>('What is to be said of one crate', {
    crate: text('Name of its folder'),
    valid: flag('Whether the hub would take it'),
    diagnostics: list('All findings: those of its metadata, then those of its FDL file', diagnostic),
  }),
};
