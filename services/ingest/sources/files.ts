import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { basename, join, matchesGlob } from 'node:path'
import { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import {
  broken,
  FormatError,
  RAW_KEPT,
  type FormatLimits,
  type FormatName,
  type FormatReader,
} from '../formats/format.ts'
import { fileError, openInputFile, plainName } from '../formats/input-file.ts'
import { FORMATS, formatNamed, formatOf } from '../formats/registry.ts'
import type { Source, SourceItem } from '../source.ts'

export interface FileSourceOptions {
  readonly name: string
  /** A file, or a folder that is read with everything below it. */
  readonly root: string
  /** Globs over paths relative to the root; all files where absent. */
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  /**
   * A regular expression over the path relative to the root. Its group `contributor` names the contributor, `label` becomes
   * the field `label`. The default takes the first folder below the root for the contributor.
   */
  readonly path?: string
  /** For every file, whatever it looks like. */
  readonly format?: FormatName
  /** An item above this is never held whole. */
  readonly itemBytes?: number
}

const FIRST_FOLDER = '^(?<contributor>[^/]+)/'
const DEFAULT_ITEM_BYTES = 16 * 1024 * 1024

/**
 * Files of a folder in the order of their paths; a partition is a file, by its path below the root, and a position the place
 * of an item in it. Each reading looks at the folder anew: files that came later, or sort earlier, are read then, and one
 * that has grown is read on. Files are to be complete when they appear (written elsewhere and renamed), and to grow by whole
 * items. Links are not followed, and names that begin with a dot are passed over. Throws `not_found`, `denied`, `unavailable`.
 */
export function createFileSource(options: FileSourceOptions): Source {
  const { name, root, include, exclude = [] } = options
  const pattern = compilePattern(options.path ?? FIRST_FOLDER)
  const limits = { itemBytes: options.itemBytes ?? DEFAULT_ITEM_BYTES }
  const isWanted = (path: string) =>
    (include?.some((glob) => matchesGlob(path, glob)) ?? true) && !exclude.some((glob) => matchesGlob(path, glob))

  return {
    name,
    shards: async () => ['all'],
    async *read(_shard, positions, signal) {
      for (const { path, partition } of await listFiles(root, isWanted)) {
        const known = positions.get(partition)
        const from = known === undefined ? 0 : Number(known) + 1
        const about = aboutPath(partition, pattern)
        for await (const batch of readFile(path, from, limits, options.format)) {
          for (const { index, body } of batch) {
            if (signal.aborted) return
            yield { partition, position: String(index), ...about, body }
          }
        }
        if (signal.aborted) return
      }
    },
  }
}

/** A file of a source: where it is, and what it is called below the root. */
export interface FoundFile {
  readonly path: string
  readonly partition: string
}

/** The files below a root in the order of their paths, without those that are only parts of others. */
export async function listFiles(root: string, isWanted: (path: string) => boolean = () => true): Promise<FoundFile[]> {
  const partitions: string[] = []
  try {
    const resolved = await realpath(root)
    if ((await stat(resolved)).isFile()) return [{ path: resolved, partition: basename(root) }]
    await walk(resolved, '', partitions)
  } catch (error) {
    throw fileError(error, root)
  }
  const plain = new Set(partitions.map(plainName))
  return partitions
    .filter((partition) => isWanted(partition) && !isPart(partition, plain))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((partition) => ({ path: join(root, partition), partition }))
}

async function walk(root: string, folder: string, found: string[]): Promise<void> {
  for await (const entry of await opendir(join(root, folder))) {
    if (entry.name.startsWith('.')) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await walk(root, path, found)
    else if (entry.isFile()) found.push(path)
    else if (!entry.isSymbolicLink() && (await lstat(join(root, path))).isFile()) found.push(path) // a system without types
  }
}

function isPart(partition: string, plain: ReadonlySet<string>): boolean {
  const name = plainName(partition)
  const folder = name.slice(0, name.lastIndexOf('/') + 1)
  return FORMATS.some((reader) =>
    reader
      .partOf?.(name.slice(folder.length))
      .some((whole) => `${folder}${whole}` !== name && plain.has(folder + whole)),
  )
}

type Batch = readonly { readonly index: number; readonly body: SourceItem['body'] }[]

/**
 * The items of one file from an index on. Where the file breaks, one broken item ends it. Readers start an item early, so
 * that it is known whether the break itself was read before.
 */
export async function* readFile(
  path: string,
  from: number,
  limits: FormatLimits,
  format?: FormatName,
): AsyncGenerator<Batch> {
  const start = Math.max(0, from - 1)
  let next = start
  try {
    const file = await openInputFile(path)
    const head = await file.head()
    if (head.length === 0) return
    const reader: FormatReader | undefined = format === undefined ? formatOf(file.name, head) : formatNamed(format)
    if (!reader) {
      if (from === 0) yield [{ index: 0, body: broken('undecodable', 'no known format', head.subarray(0, RAW_KEPT)) }]
      return
    }
    for await (const items of reader.read(file, start, limits)) {
      const fresh = items[0] && items[0].index < from ? items.filter((item) => item.index >= from) : items
      if (fresh.length > 0) yield fresh
      next = (items.at(-1)?.index ?? next - 1) + 1
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    if (next >= from) yield [{ index: next, body: broken(error.reason, error.message) }]
  }
}

function compilePattern(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch (error) {
    throw new AppError('invalid', 'the pattern for paths is not a regular expression', { cause: error })
  }
}

/** What a path says about the items of its file. */
function aboutPath(partition: string, pattern: RegExp): { contributor?: string; extra?: Fields } {
  const { contributor, label } = pattern.exec(partition)?.groups ?? {}
  return {
    ...(contributor === undefined ? {} : { contributor }),
    ...(label === undefined ? {} : { extra: { label } }),
  }
}
