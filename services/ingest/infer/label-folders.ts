import type { Fields } from '#core/value.ts'

const LABEL_FOLDERS = '^(?<label>[^/]+)/'
const FOLDER_WORDS = ['first', 'second', 'third']

/** Folders that say which half of the data a file is of, and nothing about it. */
const SPLIT = /^(?:train(?:ing)?|te?st(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?:_?set|_?data)?$/i

/** What lies below more folders is nobody's class. */
const DEEPEST = 32
/** A class has so many records at least. */
const LEAST = 5
const MOST_CLASSES = 1000
const NAMED = 3

/**
 * Folders that could be labels, of records with a path each: a few with several each, below folders that all of them share
 * (an archive often has one) or that are named after a split. Of what lies in files, the folders within them alone: those
 * above say who delivered the file.
 */
export function labelFolders(sample: Placed): LabelFolders | null {
  const found = searched(sample)
  return found === null || 'why' in found ? null : found
}

/** Records, and where they lie. */
export interface Placed {
  readonly fields: readonly Fields[]
  /** Whether every record has a path of its own: it is a file, such as an e-mail, or was one in an archive. */
  readonly hasPlaces: boolean
  /** Paths below the root of all files, or within those that hold what has a path. */
  readonly places: readonly string[]
  /** The path of each record, likewise; null where others have one within a file. */
  readonly placeOf: readonly (string | null)[]
  /** Paths below the root of the files that hold what has a path within. */
  readonly holders?: readonly string[]
}

export interface LabelFolders {
  readonly count: number
  /** How many folders stand before; of what lies in files, within them. */
  readonly depth: number
  /** What they are called, and of how many steps the paths of the files are, where they lie in files. */
  readonly within?: { readonly names: readonly string[]; readonly steps: number }
}

/** Folders that are none, and the reason. */
interface Refused {
  readonly names: readonly string[]
  readonly why: string
}

function searched({ fields, hasPlaces, places, placeOf, holders = [] }: Placed): LabelFolders | Refused | null {
  if (fields.some((record) => 'label' in record)) return null
  const found = foldersOf(places)
  if (found === null || 'why' in found) return found
  const { names, depth } = found
  const [steps = 0, ...others] = new Set(holders.map((holder) => holder.split('/').length))
  if (!hasPlaces) {
    const lacking = placeOf.filter((place) => place === null).length
    return { names, why: `${lacking} of ${placeOf.length} records ${lacking === 1 ? 'has' : 'have'} no path within` }
  }
  if (others.length > 0) return { names, why: 'the files that hold them lie below different numbers of folders' }
  return { count: names.length, depth, ...(steps > 0 && { within: { names, steps } }) }
}

function foldersOf(places: readonly string[]): { names: readonly string[]; depth: number } | Refused | null {
  const paths = places.flatMap((place) => {
    const steps = place.split('/', DEEPEST + 2)
    return steps.length > DEEPEST + 1 ? [] : [steps.slice(0, -1)]
  })
  for (let depth = 0; depth < DEEPEST; depth++) {
    const counts = new Map<string, number>()
    for (const { [depth]: name } of paths) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
    const names = [...counts.keys()]
    const lacking = paths.filter((path) => path.length <= depth).length
    if (names.length === 0) return null
    if (lacking > 0)
      return names.length < 2 ? null : { names, why: `${lacking} of ${paths.length} lie in none of them` }
    if (names.length === 1 || names.every((name) => SPLIT.test(name))) continue
    if (names.length > MOST_CLASSES) return { names, why: `there are ${names.length}` }
    const small = [...counts].find(([, count]) => count < LEAST)
    return small ? { names, why: `${small[0]} holds ${small[1]}, and a label has ${LEAST} at least` } : { names, depth }
  }
  return null
}

export function folderNote({ count, depth, within }: LabelFolders): string {
  if (within) return `The folders within the files (${listed(within.names)}) are taken for the label: ${count} of them.`
  return `The ${FOLDER_WORDS[depth] ?? `${depth + 1}th`} folder is taken for the label: ${count} of them.`
}

/** A sentence on folders within files that are no labels. */
export function refusedNotes(sample: Placed): string[] {
  const found = sample.holders ? searched(sample) : null
  if (found === null || !('why' in found)) return []
  return [`The folders in the archive (${listed(found.names)}) are not read as labels: ${found.why}.`]
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`
}

/** The pattern of a source's `path`; of files in folders, the first one still says who delivered them. */
export function labelPath({ depth, within }: LabelFolders): string {
  const before = depth + (within?.steps ?? 0)
  if (within !== undefined && within.steps > 1)
    return `^(?<contributor>[^/]+)/(?:(?:[^/]+/){${before - 1}}(?<label>[^/]+)/)?`
  return before === 0 ? LABEL_FOLDERS : `^(?:[^/]+/){${before}}(?<label>[^/]+)/`
}

export function withLabel(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...schema,
    properties: { ...(schema['properties'] as object), label: { type: 'string' } },
    required: [...(schema['required'] as string[]), 'label'],
  }
}
