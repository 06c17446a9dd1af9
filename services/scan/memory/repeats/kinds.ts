import { mixed } from './likeness.ts'
import { HASHES, PRINT_BYTES } from './prints.ts'

/** Records of many windows that are near-copies of one record. */
export interface Kind {
  /** The print of its first record. */
  readonly print: Uint8Array
  /** By member: the place of its window in the list, and of its print in the window. */
  readonly members: readonly Member[]
}
interface Member {
  readonly part: number
  readonly at: number
}

/** The bytes of a key, and the keys of a print: near-copies nearly always have one key in common. */
const KEY = 3
const KEYS = PRINT_BYTES / KEY
/** Near-copies have at least this many hashes in common: about nine tenths of their tokens. */
export const ALIKE = Math.ceil(0.8 * HASHES)
/** The most kinds that are listed under one key. */
const TRIED = 8
/** The 32-bit words of a print: eight hashes each. */
const WORDS = PRINT_BYTES / 4
const NONE = -1

/**
 * The kinds of two records and more. In the windows' order, each record belongs to the first kind that it is like.
 * Takes time linear in the prints.
 */
export function kindsIn(windows: readonly (Uint8Array | null)[]): Kind[] {
  const prints = windows.reduce((sum, all) => sum + (all?.length ?? 0) / PRINT_BYTES, 0)
  const table = new KindTable(prints)
  const kindsOf = windows.map((all) => Int32Array.from(eachOf(all), (print) => table.kindOf(print)))
  const sizes = new Int32Array(prints)
  for (const kinds of kindsOf) for (const kind of kinds) if (kind !== NONE) sizes[kind]!++
  const found = new Map<number, Member[]>()
  kindsOf.forEach((kinds, part) =>
    kinds.forEach((kind, at) => {
      if (kind === NONE || sizes[kind] === 1) return
      const members = found.get(kind)
      if (members === undefined) found.set(kind, [{ part, at }])
      else members.push({ part, at })
    }),
  )
  return [...found].map(([kind, members]) => ({ print: table.printOf(kind), members }))
}

function* eachOf(prints: Uint8Array | null): Generator<Uint8Array> {
  for (let at = 0; at < (prints?.length ?? 0); at += PRINT_BYTES) yield prints!.subarray(at, at + PRINT_BYTES)
}

/** The first print of each kind, found by its keys: hash buckets of the kinds with a key, the oldest first. */
class KindTable {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  /** By bucket the first entry, and by entry the next one, 0 at the end. An entry is 1 + kind · KEYS + key. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  #known = 0

  constructor(most: number) {
    // one place more than there can be kinds, for the print that is asked about
    this.#words = new Int32Array((most + 1) * WORDS)
    this.#bytes = new Uint8Array(this.#words.buffer)
    this.#next = new Int32Array(most * KEYS + 1)
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(most * KEYS + 1)))
  }

  printOf(kind: number): Uint8Array {
    return this.#bytes.slice(kind * PRINT_BYTES, (kind + 1) * PRINT_BYTES)
  }

  /** The kind of a print: a new one where the print is like none that is known. An empty print has none. */
  kindOf(print: Uint8Array): number {
    const asked = this.#known
    this.#bytes.set(print, asked * PRINT_BYTES)
    if (print.every((byte) => byte === 0)) return NONE
    for (let key = 0; key < KEYS; key++) {
      for (let place = this.#first[this.#placeOf(asked, key)]!; place > 0; place = this.#next[place]!) {
        const kind = kindAt(place)
        if (this.#shares(kind, asked, place, key) && this.#agreeing(kind, asked) >= ALIKE) return kind
      }
    }
    for (let key = 0; key < KEYS; key++) this.#add(key)
    return this.#known++
  }

  /** Lists the print that is asked about under one of its keys, unless TRIED kinds have that key already. */
  #add(key: number): void {
    const asked = this.#known
    const start = this.#placeOf(asked, key)
    const own = asked * KEYS + key + 1
    let [last, sharing] = [0, 0]
    for (let place = this.#first[start]!; place > 0; place = this.#next[place]!) {
      sharing += Number(this.#shares(kindAt(place), asked, place, key))
      last = place
    }
    if (sharing >= TRIED) return
    if (last === 0) this.#first[start] = own
    else this.#next[last] = own
  }

  #placeOf(print: number, key: number): number {
    const at = print * PRINT_BYTES + key * KEY
    const [a, b, c] = [this.#bytes[at]!, this.#bytes[at + 1]!, this.#bytes[at + 2]!]
    return mixed((key << 24) | (a << 16) | (b << 8) | c) & (this.#first.length - 1)
  }

  /** Whether an entry is of this key, and the kind and the print have the same bytes there. */
  #shares(kind: number, print: number, place: number, key: number): boolean {
    const [a, b, bytes] = [kind * PRINT_BYTES + key * KEY, print * PRINT_BYTES + key * KEY, this.#bytes]
    return (
      (place - 1) % KEYS === key &&
      bytes[a] === bytes[b] &&
      bytes[a + 1] === bytes[b + 1] &&
      bytes[a + 2] === bytes[b + 2]
    )
  }

  #agreeing(a: number, b: number): number {
    let differ = 0
    for (let w = 0; w < WORDS; w++) {
      const bits = this.#words[a * WORDS + w]! ^ this.#words[b * WORDS + w]!
      const pairs = bits | (bits >>> 1)
      // one bit for each hash that differs, then the sum of the bits in the highest four
      differ += Math.imul((pairs | (pairs >>> 2)) & 0x11111111, 0x11111111) >>> 28
    }
    return HASHES - differ
  }
}

function kindAt(place: number): number {
  return Math.floor((place - 1) / KEYS)
}
