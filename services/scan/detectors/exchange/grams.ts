import { Candidates } from './gram-candidates.ts'
import { bucketOf, BUCKETS, GramKeys } from './gram-keys.ts'
import type { NumberedTexts } from './numbered-words.ts'
import { SIGNS_OF_LETTERS } from './signs-of-letters.ts'

/** Which of the frequent runs of words, and other properties, each text holds (CSR): ids ascending, once each. */
export interface Grams {
  readonly count: number
  readonly offsets: Int32Array
  readonly ids: Int32Array
  /** How many texts hold it. */
  readonly frequency: Int32Array
  /** How many words of each text hardly any other text holds. */
  readonly rare: Int32Array
  /** Words in the run; 0 for a property. */
  readonly sizes: Uint8Array
  describe(id: number): string
}

export interface GramOptions {
  /** Lengths of the runs, 1 first. */
  readonly sizes: readonly number[]
  /** Texts that must hold a run, 255 at most, and may. */
  readonly least: number
  readonly most: number
}

/** Of a bucket so much is its count, which may be as high as `least` is. */
const COUNT_BITS = 8
const MOST_COUNTED = 2 ** COUNT_BITS - 1
/** Numbers that say where a run stands. */
const PLACE = 4
const WORD = new RegExp(String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}_]|${SIGNS_OF_LETTERS})*|[^\s\p{L}\p{N}_]+`, 'gv')

/** Lower-cased runs of letters and digits, with the signs that belong to them, and of what stands between them. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/**
 * Runs of words that at least `least` texts hold, in two passes over hashes: the first counts buckets, so that the many
 * runs which hardly any text holds are never given a place in memory.
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

/** Reads a run where it stood first. A function by itself: a closure among the buckets would keep all of them as long as it lives. */
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

/** The first pass: whether so many texts have a key of the bucket. */
function frequentBuckets(n: number, keys: GramKeys, least: number): Uint8Array {
  const buckets = new Uint32Array(BUCKETS)
  for (let i = 0; i < n; i++) countOnce(buckets, keys.of, keys.read(i), i + 1)
  const frequent = new Uint8Array(BUCKETS)
  for (let bucket = 0; bucket < BUCKETS; bucket++) frequent[bucket] = Number((buckets[bucket]! & MOST_COUNTED) >= least)
  return frequent
}

/** A bucket is how many texts there are, up to the most, below the number of the last one: all that is known of it is one number. */
function countOnce(buckets: Uint32Array, keys: Int32Array, used: number, text: number): void {
  for (let k = 0; k < used; k++) {
    const bucket = bucketOf(keys[k]!)
    const known = buckets[bucket]!
    if (known >>> COUNT_BITS === text) continue
    buckets[bucket] = (text << COUNT_BITS) | Math.min((known & MOST_COUNTED) + 1, MOST_COUNTED)
  }
}

/** The second pass: ids for the keys that are frequent enough, each text's own, and where each key stood first: itself, text, size, place. */
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

/** The texts that hold each id, one list after another, in the order of the texts. */
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
