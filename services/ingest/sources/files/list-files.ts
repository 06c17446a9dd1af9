import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, matchesGlob, relative, sep } from 'node:path'
import { AppError } from '#core/errors.ts'
import { FormatError } from '../../formats/format.ts'
import { openArchive, openInputFile, type Stored } from '../../formats/input-file.ts'
import { fileError } from '../../formats/plain-file.ts'
import { FORMATS } from '../../formats/registry.ts'
import { isWithoutContents, standInOf } from '../../formats/unread.ts'
import { plainName } from '../../formats/wrapping.ts'
import { isArchive } from '../../formats/zip/archive.ts'

/** A file of a source: its place, and its path below the root. */
export interface FoundFile extends Stored {
  readonly partition: string
  /** Why an archive cannot be read. */
  readonly fault?: FormatError
}

export interface Wanted {
  readonly root: string
  readonly include?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  /** Absolute paths of the installation's own files: never read, whatever `include` says. */
  readonly apart?: readonly string[] | undefined
}

/** Makes a test for whether a path relative to the root is read by a source; for an archive, a path inside it. */
export function wantedBy({ root, include, exclude = [], apart = [] }: Wanted) {
  const own = apart.map((path) => relative(root, path).replaceAll(sep, '/')).filter((path) => path !== '')
  const isOf = (globs: readonly string[], path: string) => globs.some((glob) => matchesGlob(path, glob))
  return (path: string): boolean => {
    const [archive = path] = /^.*?\.zip(?=\/)/i.exec(path) ?? []
    const isAsked = include === undefined || (archive !== path && isOf(include, archive))
    return (
      ((isAsked && !isAboutData(path)) || (include !== undefined && isOf(include, path))) &&
      !isOf(exclude, path) &&
      !isOf(exclude, archive) &&
      !own.some((kept) => path === kept || path.startsWith(`${kept}/`))
    )
  }
}

const ABOUT_DATA =
  /^(?:(?:readme|license|licence|notice|changelog|citation)(?:\.(?:md|txt|rst|cff))?|dataset_(?:infos?|dict)\.json|(?:credence|.+\.contract)\.ya?ml|thumbs\.db|desktop\.ini)$/i

/**
 * Whether a file's name is one that people and systems give to files about the data. Such a file is read only if `include` names
 * it.
 */
export function isAboutData(path: string): boolean {
  return ABOUT_DATA.test(basename(path))
}

/**
 * The files below a root in the order of their paths, without those that are only parts of others; a zip archive counts as a
 * folder. Folders that may not be opened and names that are not UTF-8 are passed to `report`, skipped links to `onLink`.
 */
export async function listFiles(
  root: string,
  isWanted: (path: string) => boolean = (path) => !isAboutData(path),
  report: (problem: AppError) => void = raise,
  onLink: (path: string) => void = () => {},
): Promise<FoundFile[]> {
  const told = { report, onLink }
  let found: FoundFile[] = []
  try {
    const resolved = await realpath(root)
    const stats = await stat(resolved)
    if (stats.isFile()) {
      if (!isArchive(root)) return [{ path: resolved, partition: basename(root) }]
      found = await unpacked(resolved, basename(root), '', told)
    } else if (stats.isDirectory()) {
      const partitions: string[] = []
      await walk(resolved, '', partitions, told)
      for (const partition of partitions) {
        const path = join(resolved, partition)
        if (!isArchive(partition)) found.push({ path, partition })
        else for (const file of await unpacked(path, partition, `${partition}/`, told)) found.push(file)
      }
    } else {
      const message = `${root} is neither a file nor a folder: name one of those`
      throw new AppError('invalid', message, { reason: 'not_plain' })
    }
  } catch (error) {
    throw fileError(error, root)
  }
  const partitions = found.map(({ partition }) => partition)
  const plain = new Set(partitions.map(plainName))
  // files that Hugging Face's `save_to_disk` writes beside its Arrow files
  const saved = new Set(partitions.filter((partition) => /\.arrow$/i.test(partition)).map((path) => dirname(path)))
  const isState = (partition: string) => basename(partition) === 'state.json' && saved.has(dirname(partition))
  return found
    .filter(({ partition }) => isWanted(partition) && !isState(partition) && !isPart(partition, plain))
    .sort((a, b) => (a.partition < b.partition ? -1 : 1))
}

export function raise(problem: AppError): never {
  throw problem
}

interface Told {
  readonly report: (problem: AppError) => void
  readonly onLink: (path: string) => void
}

/** The files of an archive, named below it; if it cannot be read, the archive itself with its fault. */
async function unpacked(path: string, partition: string, below: string, told: Told): Promise<FoundFile[]> {
  try {
    const archive = await openArchive(path, (name) => told.onLink(`${partition}/${name}`))
    return [...archive.keys()].map((name) => ({ path, partition: `${below}${name}`, zipped: { name, archive } }))
  } catch (error) {
    if (error instanceof FormatError) return [await unreadArchive(path, partition, error)]
    told.report(fileError(error, path))
    return []
  }
}

/** An archive with the fault that it has, or with what it holds in place of an archive; without a fault where it is empty. */
async function unreadArchive(path: string, partition: string, fault: FormatError): Promise<FoundFile> {
  const { start } = await openInputFile({ path })
  if (isWithoutContents(start)) return { path, partition }
  const standIn = standInOf(basename(path), start)
  return {
    path,
    partition,
    fault: standIn === null ? fault : new FormatError('undecodable', `the file is ${standIn}`, start),
  }
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
      else if ((await lstat(join(root, path))).isFile()) found.push(path) // some file systems do not report types
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
