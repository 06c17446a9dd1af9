import { mixed } from './likeness.ts'
import { HASHES, PRINT_BYTES } from './prints.ts'

/** Records of many windows that are near-copies of one. */
export interface Kind {
  /** Of its first record. */
  readonly print: Uint8Array
  /** The place of the window in the list, and that of the print in it. */
  readonly members: readonly Member[]
}
interface Member {
  readonly part: number
  readonly at: number
}

/** Bytes that make one key, and keys of a print: of near-copies one is the same nearly always. */
const KEY = 3
const KEYS = PRINT_BYTES / KEY
/** Near-copies have so many of the hashes in common: about nine tenths of what they are made of. */
export const ALIKE = Math.ceil(0.8 * HASHES)
/** Kinds of one key that are tried. */
const TRIED = 8
/** Numbers of 32 bits in a print: eight hashes each. */
const WORDS = PRINT_BYTES / 4
const NONE = -1

/** The kinds of more than one record: each record is of the first kind that it is like, in the windows' order. Time is linear in the prints. */
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

/** The first print of each kind, found by its keys: lists of the kinds whose keys fall into one place, the oldest first. */
class KindTable {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  /** The first kind with a key of a place, as the key's own place in `#next`, and that of the one after it; 0 where there is none. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  #known = 0

  constructor(most: number) {
    // one more than there can be, for the print that is asked about
    this.#words = new Int32Array((most + 1) * WORDS)
    this.#bytes = new Uint8Array(this.#words.buffer)
    this.#next = new Int32Array(most * KEYS + 1)
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(most * KEYS + 1)))
  }

  printOf(kind: number): Uint8Array {
    return this.#bytes.slice(kind * PRINT_BYTES, (kind + 1) * PRINT_BYTES)
  }

  /** The kind that a print is of: a new one where it is like none that is known. An empty print is of none. */
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

  /** Lists the print that is asked about under one of its keys. */
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

  /** Whether what is listed at a place is that key of the kind, and the same as that of the print. */
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
      // one bit for each hash that differs, then their sum in the highest four
      differ += Math.imul((pairs | (pairs >>> 2)) & 0x11111111, 0x11111111) >>> 28
    }
    return HASHES - differ
  }
}

function kindAt(place: number): number {
  return Math.floor((place - 1) / KEYS)
}
