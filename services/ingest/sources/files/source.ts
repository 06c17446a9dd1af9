import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, matchesGlob, relative, sep } from 'node:path'
import { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import {
  broken,
  FormatError,
  type FormatItem,
  type FormatLimits,
  type FormatName,
  type FormatReader,
  type InputFile,
} from '../../formats/format.ts'
import { openInputFile, plainName, type LocalFile } from '../../formats/input-file.ts'
import { fileError } from '../../formats/plain-file.ts'
import { FORMATS, formatNamed, formatOf } from '../../formats/registry.ts'
import { nameOfUnread } from '../../formats/unread.ts'
import type { Source, SourceItem } from '../../source.ts'
import type { FileConfig } from './config.ts'
import { formatMark, identify, isSameFile, parseMark, type FileMark } from './mark.ts'

export interface FileSourceOptions extends Omit<FileConfig, 'format'> {
  readonly name: string
  /** For every file, whatever it looks like; `auto`, the default, goes by each. */
  readonly format?: FileConfig['format'] | undefined
  /** An item above this is never held whole. */
  readonly itemBytes?: number | undefined
  /** Absolute paths of what the installation itself keeps: never read, whatever `include` says. */
  readonly apart?: readonly string[] | undefined
}

const FIRST_FOLDER = '^(?<contributor>[^/]+)/'
const DEFAULT_ITEM_BYTES = 16 * 1024 * 1024

/**
 * Files of a folder in the order of their paths; a partition is a file, by its path below the root, and a position the place
 * of an item in it. Each reading looks at the folder anew: files that came later, or sort earlier, are read then, one that has
 * grown is read on, and one that broke is read again from there when it has grown. Files are to be complete when they appear
 * (written elsewhere and renamed), and to grow by whole items. A file that no longer begins as it did when it was first read
 * (by its first 4096 bytes), or has become smaller, is not read but reported as a `conflict` (`file_changed`), for its
 * positions mean nothing any more. Files of labels are to be there before, or at once with, what they label; images that
 * became dead letters before their labels came are for redriving. Links are not followed, and names that begin with a dot are
 * passed over. Reports, or throws, `not_found`, `denied`, `unavailable` for a file; throws them for the root.
 */
export function createFileSource(options: FileSourceOptions): Source {
  const { name, root } = options
  const pattern = compilePattern(options.path ?? FIRST_FOLDER)
  const format = options.format === 'auto' ? undefined : options.format
  const limits = { itemBytes: options.itemBytes ?? DEFAULT_ITEM_BYTES }
  const isWanted = wantedBy(options)

  return {
    name,
    shards: async () => [{ id: 'all' }],
    async *read(_shard, positions, { signal, report = raise }) {
      for (const found of await listFiles(root, isWanted, report)) {
        const known = positions.get(found.partition)
        const about = aboutPath(found.partition, pattern)
        try {
          for await (const item of readItems(found, known, limits, format)) {
            if (signal.aborted) return
            yield { ...item, ...about }
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
        const about = aboutPath(found.partition, pattern)
        const [first, last] = boundsOf(places)
        try {
          for await (const item of readItems(found, positions.get(found.partition), limits, format, first)) {
            if (places.has(item.position)) yield { ...item, ...about }
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

/** Whether a path relative to the root is one of those that a source reads. */
export function wantedBy({
  root,
  include,
  exclude = [],
  apart = [],
}: Pick<FileSourceOptions, 'root' | 'include' | 'exclude' | 'apart'>) {
  const own = apart.map((path) => relative(root, path).replaceAll(sep, '/')).filter((path) => path !== '')
  return (path: string): boolean =>
    (include?.some((glob) => matchesGlob(path, glob)) ?? !isAboutData(path)) &&
    !exclude.some((glob) => matchesGlob(path, glob)) &&
    !own.some((kept) => path === kept || path.startsWith(`${kept}/`))
}

const ABOUT_DATA =
  /^(?:(?:readme|license|licence|notice|changelog|citation)(?:\.(?:md|txt|rst|cff))?|dataset_(?:infos?|dict)\.json|(?:credence|.+\.contract)\.ya?ml|thumbs\.db|desktop\.ini)$/i

/** What people and their systems put beside data, by its name: it is read only where `include` names it. */
export function isAboutData(path: string): boolean {
  return ABOUT_DATA.test(basename(path))
}

function boundsOf(positions: ReadonlySet<string>): [first: number, last: number] {
  let [first, last] = [Infinity, 0]
  for (const position of positions)
    [first, last] = [Math.min(first, Number(position)), Math.max(last, Number(position))]
  return [first, last]
}

function raise(problem: AppError): never {
  throw problem
}

/** The items of a file after what is known of it, or from index `again` on. The last one's mark tells that the file was read to its end. */
async function* readItems(
  { path, partition }: FoundFile,
  known: string | undefined,
  limits: FormatLimits,
  format: FormatName | undefined,
  again?: number,
): AsyncGenerator<SourceItem> {
  await refuseLinks(path)
  const file = await openInputFile(path)
  const mark = known === undefined ? null : parseMark(known)
  if (mark && (!isSameFile(mark, file.start, file.size) || (await isAnotherItem(mark, file, format)))) {
    const message = `${path} has changed since it was read: give the new content a new name`
    throw new AppError('conflict', message, { reason: 'file_changed' })
  }
  if (mark && again === undefined && (await isDone(mark, file, format))) return
  const identity = mark?.identity ?? identify(file.start)
  const from = again ?? (mark === null ? 0 : mark.isBroken ? mark.index : mark.index + 1)
  let held: FileItem | undefined
  const toItem = ({ index, body, breaks }: FileItem, size: number | null): SourceItem => ({
    partition,
    position: String(index),
    mark: formatMark({ index, identity, size, isBroken: breaks === true }),
    ...(breaks ? { breaks } : {}),
    body,
  })
  for await (const batch of readOpenFile(file, from, limits, format)) {
    for (const item of batch) {
      if (held) yield toItem(held, null)
      held = item
    }
  }
  const last = held && toItem(held, file.size)
  if (last && (again !== undefined || last.mark !== known)) yield last // else the break that is known
}

/** A folder on the way may have become a link since the files were listed. Throws `denied`, `not_found`. */
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

/** Whether there is nothing more to read. What broke may be mended in another file, where two belong together. */
async function isDone({ size, isBroken }: FileMark, file: LocalFile, format?: FormatName): Promise<boolean> {
  return size === file.size && !(isBroken && (await readerOf(file, format))?.partOf)
}

/** A file of a source: where it is, and what it is called below the root. */
export interface FoundFile {
  readonly path: string
  readonly partition: string
}

/**
 * The files below a root in the order of their paths, without those that are only parts of others. Folders that may not be
 * opened and names that are not UTF-8 are told to `report`, links that are passed over to `onLink`.
 */
export async function listFiles(
  root: string,
  isWanted: (path: string) => boolean = (path) => !isAboutData(path),
  report: (problem: AppError) => void = raise,
  onLink: (path: string) => void = () => {},
): Promise<FoundFile[]> {
  const partitions: string[] = []
  let resolved = root
  try {
    resolved = await realpath(root)
    const stats = await stat(resolved)
    if (stats.isFile()) return [{ path: resolved, partition: basename(root) }]
    if (!stats.isDirectory()) {
      const message = `${root} is neither a file nor a folder: name one of those`
      throw new AppError('invalid', message, { reason: 'not_plain' })
    }
    await walk(resolved, '', partitions, { report, onLink })
  } catch (error) {
    throw fileError(error, root)
  }
  const plain = new Set(partitions.map(plainName))
  // what Hugging Face's `save_to_disk` writes beside its Arrow files
  const saved = new Set(partitions.filter((partition) => /\.arrow$/i.test(partition)).map((path) => dirname(path)))
  const isState = (partition: string) => basename(partition) === 'state.json' && saved.has(dirname(partition))
  return partitions
    .filter((partition) => isWanted(partition) && !isState(partition) && !isPart(partition, plain))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((partition) => ({ path: join(resolved, partition), partition }))
}

interface Told {
  readonly report: (problem: AppError) => void
  readonly onLink: (path: string) => void
}

async function walk(root: string, folder: string, found: string[], told: Told): Promise<void> {
  for await (const entry of await opendir(join(root, folder))) {
    if (entry.name.startsWith('.')) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.name.includes('\ufffd')) {
      told.report(new AppError('invalid', `${join(root, path)} has a name that is not UTF-8: rename it`))
      continue
    }
    try {
      if (entry.isDirectory()) await walk(root, path, found, told)
      else if (entry.isFile()) found.push(path)
      else if (entry.isSymbolicLink()) told.onLink(path)
      else if ((await lstat(join(root, path))).isFile()) found.push(path) // a system without types
    } catch (error) {
      told.report(fileError(error, join(root, path)))
    }
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

/** An item of a file; `breaks` where it stands for the rest, which cannot be read. */
export interface FileItem extends FormatItem {
  readonly breaks?: true
}

/**
 * The items of one file from an index on. Where the file breaks, one broken item ends it. Readers start an item early, so
 * that it is known whether the break itself was read before.
 */
export async function* readFile(
  path: string,
  from: number,
  limits: FormatLimits,
  format?: FormatName,
): AsyncGenerator<readonly FileItem[]> {
  yield* readOpenFile(await openInputFile(path), from, limits, format)
}

async function* readOpenFile(
  file: InputFile,
  from: number,
  limits: FormatLimits,
  format: FormatName | undefined,
): AsyncGenerator<readonly FileItem[]> {
  const start = Math.max(0, from - 1)
  let next = start
  try {
    const head = await file.head()
    if (head.length === 0) {
      for await (const _ of file.stream()) return // nothing at all, unless what is around it is broken
      return
    }
    const reader = await readerOf(file, format)
    if (!reader) throw new FormatError('undecodable', `the file is ${nameOfUnread(head)}`, head)
    for await (const items of reader.read(file, start, limits)) {
      const fresh = items[0] && items[0].index < from ? items.filter((item) => item.index >= from) : items
      if (fresh.length > 0) yield fresh
      next = (items.at(-1)?.index ?? next - 1) + 1
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    if (next >= from) yield [{ index: next, body: broken(error.reason, error.message, error.raw), breaks: true }]
  }
}

async function readerOf(file: InputFile, format: FormatName | undefined): Promise<FormatReader | undefined> {
  return format === undefined ? formatOf(file.name, await file.head()) : formatNamed(format)
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
