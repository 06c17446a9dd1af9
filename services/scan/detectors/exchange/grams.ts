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
  /** Lengths of the runs. */
  readonly sizes: readonly number[]
  /** Texts that must hold a run, and may. */
  readonly least: number
  readonly most: number
  /** Words of a text that are read: what a model that truncates still sees. */
  readonly longest: number
}

const BUCKETS = 1 << 22
/** Numbers that say where a run stands. */
const PLACE = 4
const WORD = /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]+/gu
const PROPERTY = 0x5bd1e995

/** Lower-cased runs of letters and digits, and of what stands between them. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/**
 * Runs of words that at least `least` texts hold, in two passes over hashes: the first counts buckets, so that the many
 * runs which hardly any text holds are never given a place in memory.
 */
export function gramsOf(
  texts: readonly string[],
  properties: (i: number) => readonly string[],
  { sizes, least, most, longest }: GramOptions,
): Grams {
  const n = texts.length
  const starts = new Int32Array(n + 1)
  let hashes = new Int32Array(1 << 16)
  const named = new Map<number, string>()
  const extras = texts.map((_, i) => properties(i))
  const hashOf = memoised()
  texts.forEach((text, i) => {
    const words = wordsOf(text)
    const used = Math.min(words.length, longest)
    const start = starts[i]!
    if (start + used > hashes.length) {
      const larger = new Int32Array(Math.max(2 * hashes.length, start + used))
      larger.set(hashes)
      hashes = larger
    }
    for (let at = 0; at < used; at++) hashes[start + at] = hashOf(words[at]!)
    starts[i + 1] = start + used
  })
  const each = (i: number, visit: (key: number, size: number, at: number) => void) => {
    const [from, to] = [starts[i]!, starts[i + 1]!]
    for (const size of sizes) {
      for (let at = from; at + size <= to; at++) {
        let key = Math.imul(size, 0x9e3779b1)
        for (let w = at; w < at + size; w++) key = Math.imul(key ^ hashes[w]!, 0x01000193) + (key >>> 15)
        visit(key | 0, size, at - from)
      }
    }
    for (const property of extras[i]!) {
      const key = hash(property) ^ PROPERTY
      if (!named.has(key)) named.set(key, property)
      visit(key, 0, 0)
    }
  }
  const buckets = new Int32Array(BUCKETS)
  const last = new Int32Array(BUCKETS).fill(-1)
  for (let i = 0; i < n; i++) {
    each(i, (key) => {
      const bucket = mixed(key) & (BUCKETS - 1)
      if (last[bucket] === i) return
      last[bucket] = i
      buckets[bucket] = buckets[bucket]! + 1
    })
  }
  const { places, ...index } = indexed(n, each, (key) => buckets[mixed(key) & (BUCKETS - 1)]! >= least, least, most)
  return { ...index, describe: describing(texts, named, places) }
}

/** Reads a run where it stood first. A function by itself: a closure among the buckets would keep all of them as long as it lives. */
function describing(
  texts: readonly string[],
  named: ReadonlyMap<number, string>,
  places: Int32Array,
): (id: number) => string {
  return (id) => {
    const [key = 0, i = 0, size = 0, at = 0] = places.subarray(PLACE * id, PLACE * (id + 1))
    if (size === 0) return named.get(key)!
    return wordsOf(texts[i]!)
      .slice(at, at + size)
      .join(' ')
  }
}

type Each = (i: number, visit: (key: number, size: number, at: number) => void) => void

/** The second pass: ids for the keys that are frequent enough, each text's own, and where each key stood first: itself, text, size, place. */
function indexed(
  n: number,
  each: Each,
  frequent: (key: number) => boolean,
  least: number,
  most: number,
): Omit<Grams, 'describe'> & { readonly places: Int32Array } {
  const idOf = new Map<number, number>()
  const first: number[] = []
  const seen: number[] = []
  const counts: number[] = []
  const lists: Int32Array[] = []
  const rare = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const own: number[] = []
    each(i, (key, size, at) => {
      if (!frequent(key)) {
        if (size === 1) rare[i] = rare[i]! + 1
        return
      }
      let id = idOf.get(key)
      if (id === undefined) {
        idOf.set(key, (id = counts.length))
        first.push(key, i, size, at)
        seen.push(-1)
        counts.push(0)
      }
      if (seen[id] === i) return
      seen[id] = i
      counts[id]!++
      own.push(id)
    })
    lists.push(Int32Array.from(own))
  }
  const kept = new Int32Array(counts.length).fill(-1)
  const originals: number[] = []
  counts.forEach((count, id) => {
    if (count < least || count > most) return
    kept[id] = originals.length
    originals.push(id)
  })
  const offsets = new Int32Array(n + 1)
  lists.forEach((own, i) => (offsets[i + 1] = offsets[i]! + own.filter((id) => kept[id]! >= 0).length))
  const ids = new Int32Array(offsets[n]!)
  lists.forEach((own, i) => {
    const here = own.map((id) => kept[id]!).filter((id) => id >= 0)
    ids.set(here.sort(), offsets[i])
  })
  return {
    count: originals.length,
    offsets,
    ids,
    rare,
    frequency: Int32Array.from(originals, (id) => counts[id]!),
    sizes: Uint8Array.from(originals, (id) => first[PLACE * id + 2]!),
    places: Int32Array.from(originals.flatMap((id) => first.slice(PLACE * id, PLACE * (id + 1)))),
  }
}

/** The texts that hold each id, one list after another. */
export function holdersOf({ count, offsets, ids, frequency }: Grams): (id: number) => Int32Array {
  const starts = new Int32Array(count + 1)
  for (let id = 0; id < count; id++) starts[id + 1] = starts[id]! + frequency[id]!
  const next = starts.slice()
  const records = new Int32Array(ids.length)
  for (let i = 0; i + 1 < offsets.length; i++)
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) records[next[ids[at]!]!++] = i
  return (id) => records.subarray(starts[id], starts[id + 1])
}

function memoised(): (word: string) => number {
  const known = new Map<string, number>()
  return (word) => {
    let found = known.get(word)
    if (found === undefined) known.set(word, (found = hash(word)))
    return found
  }
}

function mixed(h: number): number {
  const x = Math.imul(h ^ (h >>> 16), 0x45d9f3b)
  return x ^ (x >>> 13)
}

/** FNV-1a with a final mix. */
function hash(word: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193)
  return mixed(h)
}
