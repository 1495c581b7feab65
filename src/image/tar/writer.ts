/** Writes tar archives that depend on nothing but their content. */
import { BLOCK, writeHeader, writePax } from './header.ts';

/** What goes into an archive. Paths are relative, without `/` behind them. */
export type TarSource =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly executable: boolean;
      /** Bytes. */
      readonly size: number;
      readonly open: () => AsyncIterable<Uint8Array>;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** Bytes that the fields of a header hold. */
const LONGEST_NAME = 100;
const LARGEST_SIZE = 0o77777777777;

/**
 * The bytes of an archive: entries by name, all folders above them included, owned by root and readable by everybody,
 * with time 0. A folder is an entry even where it could be left out, since an entry replaces a link of the same name
 * in the layers below, which would otherwise lead elsewhere.
 * @throws Error a file has another size than it was said to have
 */
export async function* writeTar(sources: readonly TarSource[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const source of inOrder(withFolders(sources))) {
    yield headerOf(source);
    if (source.kind === 'file') yield* contentOf(source);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function withFolders(sources: readonly TarSource[]): readonly TarSource[] {
  const named = new Set(sources.map(({ path }) => path));
  const above = new Set(sources.flatMap(({ path }) => foldersAbove(path)));
  const missing = [...above].filter((path) => !named.has(path));
  return [...sources, ...missing.map((path) => ({ kind: 'directory', path }) as const)];
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** By the bytes of their names, which is the same order everywhere; folders come before what is in them. */
function inOrder(sources: readonly TarSource[]): readonly TarSource[] {
  return [...sources].sort((a, b) => Buffer.compare(Buffer.from(nameOf(a)), Buffer.from(nameOf(b))));
}

function nameOf({ kind, path }: TarSource): string {
  return kind === 'directory' ? `${path}/` : path;
}

function headerOf(source: TarSource): Buffer {
  const name = nameOf(source);
  const size = source.kind === 'file' ? source.size : 0;
  const target = source.kind === 'symlink' ? source.target : '';
  const extension = {
    ...(!fits(target) && { linkpath: target }),
    ...(!fits(name) && { path: name }),
    ...(size > LARGEST_SIZE && { size: String(size) }),
  };
  const block = writeHeader({
    name,
    type: { directory: '5', file: '0', symlink: '2' }[source.kind],
    mode: modeOf(source),
    size: size > LARGEST_SIZE ? 0 : size,
    target,
  });
  return Object.keys(extension).length > 0 ? Buffer.concat([extended(extension), block]) : block;
}

function modeOf(source: TarSource): number {
  if (source.kind === 'symlink') return 0o777;
  return source.kind === 'directory' || source.executable ? 0o755 : 0o644;
}

/** Headers hold ASCII; what else some programs write there, others read differently. */
function fits(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[\x20-\x7e]*$/.test(text);
}

function extended(values: Readonly<Record<string, string>>): Buffer {
  const bytes = writePax(values);
  const header = writeHeader({ name: 'pax', type: 'x', mode: 0o644, size: bytes.length, target: '' });
  return Buffer.concat([header, padded(bytes)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

async function* contentOf({ path, size, open }: Extract<TarSource, { kind: 'file' }>) {
  let count = 0;
  for await (const chunk of open()) {
    count += chunk.length;
    yield chunk;
  }
  if (count !== size) throw new Error(`"${path}" has ${count} bytes now, not ${size}`);
  yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
