import { Candidates } from './gram-candidates.ts'
import { bucketOf, BUCKETS, GramKeys } from './gram-keys.ts'
import type { NumberedTexts } from './numbered-words.ts'
import { SIGNS_OF_LETTERS } from './signs-of-letters.ts'

/**
 * The grams of each text: frequent runs of words, and properties. In this CSR index the ids of a text ascend, each
 * once.
 */
export interface Grams {
  readonly count: number
  readonly offsets: Int32Array
  readonly ids: Int32Array
  /** How many texts hold each gram. */
  readonly frequency: Int32Array
  /** How many words of each text are held by too few texts to be grams. */
  readonly rare: Int32Array
  /** How many words each run has; 0 for a property. */
  readonly sizes: Uint8Array
  /** The words of the run, or the property. */
  describe(id: number): string
}

export interface GramOptions {
  /** Lengths of the runs, 1 first. */
  readonly sizes: readonly number[]
  /** How many texts must hold a gram (255 at most), and how many may. */
  readonly least: number
  readonly most: number
}

/** Bits of a bucket that hold its count: `least` must fit into them. */
const COUNT_BITS = 8
const MOST_COUNTED = 2 ** COUNT_BITS - 1
/** Numbers that are kept of a gram's first place: key, text, size, position. */
const PLACE = 4
const WORD = new RegExp(String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}_]|${SIGNS_OF_LETTERS})*|[^\s\p{L}\p{N}_]+`, 'gv')

/** Lower-cased runs of letters and digits, with the signs that belong to them, and of what stands between them. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/** Whether a text holds a run of words, which blanks separate, as whole words. */
export function holdsRun(text: string, run: string): boolean {
  return ` ${wordsOf(text).join(' ')} `.includes(` ${run} `)
}

/**
 * Indexes the grams that at least `least` and at most `most` texts hold, in two passes over hashes. The first pass
 * counts buckets of keys, so that the many rare runs never take memory.
 */
export function gramsOf(
  texts: NumberedTexts,
  properties: (i: number) => readonly string[],
  { sizes, least, most }: GramOptions,
): Grams {
  const n = texts.starts.length - 1
  const keys = new GramKeys(
    texts,
    Array.from({ length: n }, (_, i) => properties(i)),
    sizes,
  )
  const frequent = frequentBuckets(n, keys, least)
  const { places, ...index } = indexed(n, keys, frequent, { least, most })
  return { ...index, describe: describing(texts, keys.named, places) }
}

/** Reads a run at its first place. A separate function: a closure made beside the buckets would keep them in memory. */
function describing(
  { starts, ids, numbers }: NumberedTexts,
  named: ReadonlyMap<number, string>,
  places: Int32Array,
): (id: number) => string {
  return (id) => {
    const [key = 0, i = 0, size = 0, at = 0] = places.subarray(PLACE * id, PLACE * (id + 1))
    if (size === 0) return named.get(key)!
    const from = starts[i]! + at
    return Array.from(ids.subarray(from, from + size), (word) => numbers.words[word]!).join(' ')
  }
}

/** The first pass: 1 for each bucket with keys of at least `least` texts. */
function frequentBuckets(n: number, keys: GramKeys, least: number): Uint8Array {
  const buckets = new Uint32Array(BUCKETS)
  for (let i = 0; i < n; i++) countOnce(buckets, keys.of, keys.read(i), i + 1)
  const frequent = new Uint8Array(BUCKETS)
  for (let bucket = 0; bucket < BUCKETS; bucket++) frequent[bucket] = Number((buckets[bucket]! & MOST_COUNTED) >= least)
  return frequent
}

/**
 * Counts a text in the buckets of its keys. A bucket is one number: the last text in the high bits, the count of texts
 * in the low.
 */
function countOnce(buckets: Uint32Array, keys: Int32Array, used: number, text: number): void {
  for (let k = 0; k < used; k++) {
    const bucket = bucketOf(keys[k]!)
    const known = buckets[bucket]!
    if (known >>> COUNT_BITS === text) continue
    buckets[bucket] = (text << COUNT_BITS) | Math.min((known & MOST_COUNTED) + 1, MOST_COUNTED)
  }
}

/**
 * The second pass: ids of the frequent keys, the ids of each text, and the first place of each key (`PLACE` numbers).
 */
function indexed(
  n: number,
  keys: GramKeys,
  frequent: Uint8Array,
  { least, most }: Pick<GramOptions, 'least' | 'most'>,
): Omit<Grams, 'describe'> & { readonly places: Int32Array } {
  const candidates = new Candidates()
  const rare = new Int32Array(n)
  const ends = new Int32Array(n + 1)
  for (let i = 0; i < n; i++) {
    rare[i] = candidates.add(keys, i, frequent)
    ends[i + 1] = candidates.used
  }
  const { counts, first, held } = candidates
  const kept = new Int32Array(counts.length).fill(-1)
  const originals: number[] = []
  counts.forEach((count, id) => {
    if (count >= least && count <= most) kept[id] = originals.push(id) - 1
  })
  const offsets = new Int32Array(n + 1)
  let used = 0
  for (let i = 0; i < n; i++) {
    for (let at = ends[i]!; at < ends[i + 1]!; at++) {
      const id = kept[held[at]!]!
      if (id >= 0) held[used++] = id
    }
    offsets[i + 1] = used
    held.subarray(offsets[i], used).sort()
  }
  const places = new Int32Array(PLACE * originals.length)
  originals.forEach((id, at) => {
    for (let k = 0; k < PLACE; k++) places[PLACE * at + k] = first[PLACE * id + k]!
  })
  return {
    count: originals.length,
    offsets,
    ids: held.slice(0, used),
    rare,
    frequency: Int32Array.from(originals, (id) => counts[id]!),
    sizes: Uint8Array.from(originals, (id) => first[PLACE * id + 2]!),
    places,
  }
}

/** Returns the texts that hold an id, in the given order of the texts. */
export function holdersOf(
  { count, offsets, ids, frequency }: Grams,
  order: Iterable<number> = Array(offsets.length - 1).keys(),
): (id: number) => Int32Array {
  const starts = new Int32Array(count + 1)
  for (let id = 0; id < count; id++) starts[id + 1] = starts[id]! + frequency[id]!
  const next = starts.slice()
  const records = new Int32Array(ids.length)
  for (const i of order) for (let at = offsets[i]!; at < offsets[i + 1]!; at++) records[next[ids[at]!]!++] = i
  return (id) => records.subarray(starts[id], starts[id + 1])
}
