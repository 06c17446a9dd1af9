import { realpath } from 'node:fs/promises'
import { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import {
  brokenBy,
  FormatError,
  type FormatItem,
  type FormatLimits,
  type FormatName,
  type FormatReader,
  type InputFile,
} from '../../formats/format.ts'
import type { ImageReading } from '../../formats/image/reduce.ts'
import { openInputFile, type LocalFile, type Stored } from '../../formats/input-file.ts'
import { fileError } from '../../formats/plain-file.ts'
import { formatNamed, formatOf } from '../../formats/registry.ts'
import { isWithoutContents, nameOfUnread, standInOf } from '../../formats/unread.ts'
import type { Source, SourceItem } from '../../source.ts'
import type { FileConfig } from './config.ts'
import { checkFiles } from './check-files.ts'
import { listFiles, raise, wantedBy, type FoundFile } from './list-files.ts'
import { formatMark, identify, isSameFile, parseMark, type FileMark } from './mark.ts'

export interface FileSourceOptions extends Omit<FileConfig, 'format'> {
  readonly name: string
  /** The format of every file; `auto`, the default, detects it for each. */
  readonly format?: FileConfig['format'] | undefined
  /** The largest item that is held in memory as a whole. */
  readonly itemBytes?: number | undefined
  /** How images of any size are reduced, by the contract. */
  readonly images?: ImageReading | undefined
  /** Absolute paths of the installation's own files: never read, whatever `include` says. */
  readonly apart?: readonly string[] | undefined
}

const FIRST_FOLDER = '^(?<contributor>[^/]+)/'
const DEFAULT_ITEM_BYTES = 16 * 1024 * 1024

/**
 * Files of a folder in the order of their paths. A partition is a file, by its path below the root; a position is the index of
 * an item in it. Each reading lists the folder anew: it reads files that came later or sort earlier, continues a file that has
 * grown, and reads one that broke again from there once it has grown. Files must be complete when they appear (written elsewhere
 * and renamed), and grow by whole items. A file that no longer begins as when it was first read (by its first 4096 bytes), or is
 * smaller now, is not read but reported as `conflict` (`file_changed`), because its positions have no meaning any more. Files of
 * labels must appear before what they label, or at the same time; images that became dead letters before their labels came can
 * be redriven. Links are not followed, and names that begin with a dot are skipped. Reports, or throws, `not_found`, `denied`,
 * `unavailable` for a file; throws them for the root.
 */
export function createFileSource(options: FileSourceOptions): Source {
  const { name, root } = options
  const pattern = compilePattern(options.path ?? FIRST_FOLDER)
  const format = options.format === 'auto' ? undefined : options.format
  const limits = {
    itemBytes: options.itemBytes ?? DEFAULT_ITEM_BYTES,
    ...(options.images !== undefined && { images: options.images }),
  }
  const isWanted = wantedBy(options)

  return {
    name,
    shards: async () => [{ id: 'all' }],
    check: () => checkFiles(root, isWanted),
    async *read(_shard, positions, { signal, report = raise }) {
      for (const found of await listFiles(root, isWanted, report)) {
        const known = positions.get(found.partition)
        try {
          for await (const item of readItems(found, known, { limits, format, pattern })) {
            if (signal.aborted) return
            yield item
          }
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          report(error)
        }
        if (signal.aborted) return
      }
    },
    async *reread(_shard, wanted, positions, report) {
      for (const found of await listFiles(root, isWanted, report)) {
        const places = wanted.get(found.partition)
        if (!places) continue
        const [first, last] = boundsOf(places)
        try {
          const known = positions.get(found.partition)
          for await (const item of readItems(found, known, { limits, format, pattern }, first)) {
            if (places.has(item.position)) yield item
            if (Number(item.position) >= last) break
          }
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          report(error)
        }
      }
    },
  }
}

function boundsOf(positions: ReadonlySet<string>): [first: number, last: number] {
  let [first, last] = [Infinity, 0]
  for (const position of positions)
    [first, last] = [Math.min(first, Number(position)), Math.max(last, Number(position))]
  return [first, last]
}

interface Reading {
  readonly limits: FormatLimits
  readonly format: FormatName | undefined
  readonly pattern: RegExp
}

/**
 * The items of a file after the known position, or from index `again` on. The last item's mark says that the file was read to
 * its end.
 */
async function* readItems(
  found: FoundFile,
  known: string | undefined,
  { limits, format, pattern }: Reading,
  again?: number,
): AsyncGenerator<SourceItem> {
  const { path, partition, fault } = found
  await refuseLinks(path)
  const file = await openInputFile(found)
  const mark = known === undefined ? null : parseMark(known)
  if (mark && (!isSameFile(mark, file.start, file.size) || (await isAnotherItem(mark, file, format)))) {
    const message = `${placeOf(found)} has changed since it was read: give the new content a new name`
    throw new AppError('conflict', message, { reason: 'file_changed' })
  }
  if (mark && again === undefined && (await isDone(mark, file, format))) return
  const identity = mark?.identity ?? identify(file.start)
  const from = again ?? (mark === null ? 0 : mark.isBroken ? mark.index : mark.index + 1)
  let held: FileItem | undefined
  const about = aboutPath(partition, undefined, pattern)
  const toItem = ({ index, body, breaks, path: within }: FileItem, size: number | null): SourceItem => ({
    partition,
    position: String(index),
    mark: formatMark({ index, identity, size, isBroken: breaks === true }),
    ...(breaks ? { breaks } : {}),
    body,
    ...(within === undefined ? about : aboutPath(partition, within, pattern)),
  })
  for await (const batch of readOpenFile(file, from, limits, format, fault)) {
    for (const item of batch) {
      if (held) yield toItem(held, null)
      held = item
    }
  }
  const last = held && toItem(held, file.size)
  if (last && (again !== undefined || last.mark !== known)) yield last // otherwise it is the known fault
}

function placeOf({ path, zipped }: Stored): string {
  return zipped === undefined ? path : `${path}/${zipped.name}`
}

/** Checks that no folder on the way has become a link since the files were listed. Throws `denied`, `not_found`. */
async function refuseLinks(path: string): Promise<void> {
  const real = await realpath(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
  if (real === path) return
  throw new AppError('denied', `${path} is reached through a symbolic link: it is not read`, { reason: 'not_plain' })
}

async function isAnotherItem({ size, isBroken }: FileMark, file: LocalFile, format?: FormatName): Promise<boolean> {
  if (size === null || size === file.size || isBroken) return false
  return (await readerOf(file, format))?.isOneItem === true
}

/** Whether nothing more is to be read. A fault may be repaired in another file if two belong together. */
async function isDone({ size, isBroken }: FileMark, file: LocalFile, format?: FormatName): Promise<boolean> {
  return size === file.size && !(isBroken && (await readerOf(file, format))?.partOf)
}

/** An item of a file; `breaks` if it stands for the unreadable rest. */
export interface FileItem extends FormatItem {
  readonly breaks?: true
}

/**
 * The items of one file from an index on. If the file breaks, one broken item ends it. Readers start one item early, to find out
 * whether the fault itself was read before.
 */
export async function* readFile(
  file: Stored & { readonly fault?: FormatError },
  from: number,
  limits: FormatLimits,
): AsyncGenerator<readonly FileItem[]> {
  yield* readOpenFile(await openInputFile(file), from, limits, undefined, file.fault)
}

async function* readOpenFile(
  file: InputFile,
  from: number,
  limits: FormatLimits,
  format: FormatName | undefined,
  fault: FormatError | undefined,
): AsyncGenerator<readonly FileItem[]> {
  const start = Math.max(0, from - 1)
  let next = start
  try {
    if (fault) throw fault
    const head = await file.head()
    if (isWithoutContents(head)) {
      for await (const _ of file.stream()) return // a file without contents, unless its compression is broken
      return
    }
    const standIn = standInOf(file.name, head)
    if (standIn !== null) throw new FormatError('undecodable', `the file is ${standIn}`, head)
    const reader = await readerOf(file, format)
    if (!reader) throw new FormatError('undecodable', `the file is ${nameOfUnread(file.name, head)}`, head)
    for await (const items of reader.read(file, start, limits)) {
      const fresh = items[0] && items[0].index < from ? items.filter((item) => item.index >= from) : items
      if (fresh.length > 0) yield fresh
      next = (items.at(-1)?.index ?? next - 1) + 1
    }
  } catch (error) {
    const fault = brokenBy(error)
    const body = next === 0 ? fault : { ...fault, detail: `${fault.detail}: nothing of the file is read from here on` }
    if (next >= from) yield [{ index: next, body, breaks: true }]
  }
}

async function readerOf(file: InputFile, format: FormatName | undefined): Promise<FormatReader | undefined> {
  return format === undefined ? formatOf(file.name, await file.head()) : formatNamed(format)
}

function compilePattern(source: string): RegExp {
  try {
    return new RegExp(source, 'du')
  } catch (error) {
    throw new AppError('invalid', 'the pattern for paths is not a regular expression', { cause: error })
  }
}

/** What a path says about the items of its file. An item that had its own path in there gets its label from both. */
function aboutPath(
  partition: string,
  within: string | undefined,
  pattern: RegExp,
): { contributor?: string; extra?: Fields } {
  const { contributor, label = labelWithin(partition, within, pattern) } = pattern.exec(partition)?.groups ?? {}
  return {
    ...(contributor === undefined ? {} : { contributor }),
    ...(label === undefined ? {} : { extra: { label } }),
  }
}

/**
 * The label by a group of the pattern that matches within the file: text before it belongs to the file's name or a folder above.
 */
function labelWithin(partition: string, within: string | undefined, pattern: RegExp): string | undefined {
  if (within === undefined) return undefined
  const { groups, indices } = pattern.exec(`${partition}/${within}`) ?? {}
  const [start = 0] = indices?.groups?.['label'] ?? []
  return start > partition.length ? groups?.['label'] : undefined
}
