import type { Sample } from './sample.ts'

const LABEL_FOLDERS = '^(?<label>[^/]+)/'
const FOLDER_WORDS = ['first', 'second', 'third']

/** Folders that say which half of the data a file is of, and nothing about it. */
const SPLIT = /^(?:train(?:ing)?|te?st(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?:_?set|_?data)?$/i

/**
 * Folders that could be labels, of files that are one item each: a few with several each, below folders that all files share
 * (an archive often has one) or that are named after a split.
 */
export function labelFolders({ wholeFiles, partitions }: Sample): LabelFolders | null {
  if (!wholeFiles) return null
  const paths = partitions.map((partition) => partition.split('/').slice(0, -1))
  for (let depth = 0; paths.every((path) => path.length > depth); depth++) {
    const counts = new Map<string, number>()
    for (const path of paths) counts.set(path[depth]!, (counts.get(path[depth]!) ?? 0) + 1)
    const names = [...counts.keys()]
    const isFew = counts.size >= 2 && counts.size <= 1000 && [...counts.values()].every((count) => count >= 5)
    if (counts.size === 1 || names.every((name) => SPLIT.test(name))) continue
    return isFew ? { count: counts.size, depth } : null
  }
  return null
}

export interface LabelFolders {
  readonly count: number
  /** How many folders stand before. */
  readonly depth: number
}

export function folderNote({ count, depth }: LabelFolders): string {
  return `The ${FOLDER_WORDS[depth] ?? `${depth + 1}th`} folder is taken for the label: ${count} of them.`
}

export function labelPath({ depth }: LabelFolders): string {
  return depth === 0 ? LABEL_FOLDERS : `^(?:[^/]+/){${depth}}(?<label>[^/]+)/`
}

export function addLabel(schema: Record<string, unknown>): void {
  schema['properties'] = { ...(schema['properties'] as object), label: { type: 'string' } }
  schema['required'] = [...(schema['required'] as string[]), 'label']
}
