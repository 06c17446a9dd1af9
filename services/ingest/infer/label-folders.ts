import type { Sample } from './sample.ts'

const LABEL_FOLDERS = '^(?<label>[^/]+)/'
const FOLDER_WORDS = ['first', 'second', 'third']

/** Folders that say which half of the data a file is of, and nothing about it. */
const SPLIT = /^(?:train(?:ing)?|te?st(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?:_?set|_?data)?$/i

/** Files that hold what lay in folders: the parts of one set, and no classes of it. */
const HOLDER = /\.(?:tar(?:\.\w+)?|tgz|parquet|pq|arrow|feather)$/i

/**
 * Folders that could be labels, of records with a path each: a few with several each, below folders that all of them share
 * (an archive often has one) or that are named after a split.
 */
export function labelFolders({ fields, hasPlaces, places }: Sample): LabelFolders | null {
  if (!hasPlaces || fields.some((record) => 'label' in record)) return null
  const paths = places.map((place) => place.split('/').slice(0, -1))
  for (let depth = 0; paths.every((path) => path.length > depth); depth++) {
    const counts = new Map<string, number>()
    for (const path of paths) counts.set(path[depth]!, (counts.get(path[depth]!) ?? 0) + 1)
    const names = [...counts.keys()]
    const isFew = counts.size >= 2 && counts.size <= 1000 && [...counts.values()].every((count) => count >= 5)
    if (counts.size === 1 || names.every((name) => SPLIT.test(name) || HOLDER.test(name))) continue
    const isWithin = paths.some((path) => path.slice(0, depth).some((name) => HOLDER.test(name)))
    return isFew ? { count: counts.size, depth, ...(isWithin && { names }) } : null
  }
  return null
}

export interface LabelFolders {
  readonly count: number
  /** How many folders stand before. */
  readonly depth: number
  /** What they are called, where they lie in an archive or are told by a column. */
  readonly names?: readonly string[]
}

const NAMED = 3

export function folderNote({ count, depth, names }: LabelFolders): string {
  if (names !== undefined)
    return `The folders within the files (${names.slice(0, NAMED).join(', ')}${count > NAMED ? ', …' : ''}) are taken for the label: ${count} of them.`
  return `The ${FOLDER_WORDS[depth] ?? `${depth + 1}th`} folder is taken for the label: ${count} of them.`
}

export function labelPath({ depth }: LabelFolders): string {
  return depth === 0 ? LABEL_FOLDERS : `^(?:[^/]+/){${depth}}(?<label>[^/]+)/`
}

export function addLabel(schema: Record<string, unknown>): void {
  schema['properties'] = { ...(schema['properties'] as object), label: { type: 'string' } }
  schema['required'] = [...(schema['required'] as string[]), 'label']
}
