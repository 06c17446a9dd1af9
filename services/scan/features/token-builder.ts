import type { TokenDescription, TokenMatrix } from '../view/window-view.ts'

/** Describes a token for a person, from its attribute (a pixel, a column, …) and its code. */
export type Describe = (attribute: number, code: number) => TokenDescription

/** The columns whose values the tokens of an attribute have. */
export type ColumnsOf = (attribute: number) => readonly string[]

const NO_COLUMNS: readonly string[] = []

/** Codes for each entry, from which on a code space is not gone through. */
const SPARSE = 1

/** How common a token may be: one that few records hold cannot be tested, one that many hold is no trigger. */
export interface Prevalence {
  readonly min: number
  readonly max: number
}

/**
 * Collects tokens as lists of the records that hold them, drops too rare and too common ones at once, and makes rows of
 * them at the end. Tokens get their ids in the order in which they are added.
 */
export class TokenBuilder {
  readonly #n: number
  readonly #kinds: string[] = []
  readonly #describers: Describe[] = []
  readonly #columns: ColumnsOf[] = []
  readonly #kindOf: number[] = []
  readonly #attributeOf: number[] = []
  readonly #codeOf: number[] = []
  /** Where each token's records start within `#records`; they end where the next one's start. */
  readonly #starts: number[] = []
  #records = new Int32Array(1 << 16)
  #used = 0
  #cursor = new Int32Array(0)

  constructor(n: number) {
    this.#n = n
  }

  /** Begins a kind: tokens that are added from now on belong to it. */
  kind(name: string, describe: Describe, columns: ColumnsOf = () => NO_COLUMNS): void {
    this.#kinds.push(name)
    this.#columns.push(columns)
    this.#describers.push(describe)
  }

  /** Adds one token per code of an attribute of which each record has at most one: `codes[i]` in 0 … space−1, or −1. */
  addAttribute(attribute: number, codes: Int32Array, space: number, prevalence: Prevalence): void {
    if (this.#openAll(attribute, codes, space, prevalence)) placeOnes(this.#records, this.#cursor, codes)
  }

  /**
   * Adds one token per code of an attribute of which records have sets: record i's are `codes[offsets[i] …
   * offsets[i+1])`.
   */
  addSets(attribute: number, offsets: Int32Array, codes: Int32Array, space: number, prevalence: Prevalence): void {
    if (this.#openAll(attribute, codes, space, prevalence)) placeSets(this.#records, this.#cursor, offsets, codes)
  }

  /**
   * Opens the tokens of an attribute. Afterwards `#cursor[code]` is where the token's next record goes, −1 for a
   * dropped token. Returns false where all are dropped.
   */
  #openAll(attribute: number, codes: Int32Array, space: number, { min, max }: Prevalence): boolean {
    if (this.#cursor.length < space) this.#cursor = new Int32Array(space)
    const before = this.#used
    if (min > 0 && space > SPARSE * codes.length) return this.#openMet(attribute, codes, { min, max }) > before
    const cursor = this.#cursor.fill(0, 0, space)
    countCodes(cursor, codes)
    for (let code = 0; code < space; code++) {
      const count = cursor[code]!
      cursor[code] = count >= min && count <= max ? this.#open(attribute, code, count) : -1
    }
    return this.#used > before
  }

  finish(): TokenMatrix {
    const tokens = this.#kindOf.length
    // The copy leaves out unused room.
    const held = this.#records.slice(0, this.#used)
    const starts = new Int32Array(tokens + 1)
    starts.set(this.#starts)
    starts[tokens] = this.#used
    const offsets = new Int32Array(this.#n + 1)
    for (let id = 0; id < tokens; id++) countHeld(held, starts[id]!, starts[id + 1]!, offsets)
    for (let i = 0; i < this.#n; i++) offsets[i + 1] = offsets[i + 1]! + offsets[i]!
    const ids = new Int32Array(held.length)
    const next = offsets.slice(0, this.#n)
    for (let id = 0; id < tokens; id++) placeToken(id, held, starts[id]!, starts[id + 1]!, ids, next)
    const [kindOf, attributeOf, codeOf] = [
      Uint8Array.from(this.#kindOf),
      Int32Array.from(this.#attributeOf),
      Int32Array.from(this.#codeOf),
    ]
    const describers = this.#describers
    const columnsOf = this.#columns
    const columns = columnsOf.map((): (readonly string[])[] => [])
    return {
      tokens,
      offsets,
      ids,
      kindOf,
      kinds: this.#kinds,
      holders: (id) => held.subarray(starts[id], starts[id + 1]),
      columns(id) {
        const [kind, attribute] = [kindOf[id]!, attributeOf[id]!]
        return (columns[kind]![attribute] ??= columnsOf[kind]!(attribute))
      },
      describe(id) {
        const describe = describers[kindOf[id] ?? -1]
        if (!describe) throw new RangeError(`no token ${id}: there are ${tokens}`)
        return describe(attributeOf[id]!, codeOf[id]!)
      },
    }
  }

  /** The same of a code space most of which nobody has: codes are met in the records, and not looked for. Returns where the records end. */
  #openMet(attribute: number, codes: Int32Array, { min, max }: Prevalence): number {
    const cursor = this.#cursor
    for (let at = 0; at < codes.length; at++) if (codes[at]! >= 0) cursor[codes[at]!] = 0
    const often = new Int32Array(Math.floor(codes.length / min))
    const kept = often.subarray(0, countOften(cursor, codes, min, often)).sort()
    const counts = kept.map((code) => cursor[code]!)
    for (let at = 0; at < codes.length; at++) if (codes[at]! >= 0) cursor[codes[at]!] = -1
    for (let at = 0; at < kept.length; at++)
      if (counts[at]! <= max) cursor[kept[at]!] = this.#open(attribute, kept[at]!, counts[at]!)
    return this.#used
  }

  /** Registers a token and makes room for its records; returns where they go. */
  #open(attribute: number, code: number, count: number): number {
    const start = this.#used
    this.#kindOf.push(this.#kinds.length - 1)
    this.#attributeOf.push(attribute)
    this.#codeOf.push(code)
    this.#starts.push(start)
    this.#used += count
    if (this.#used > this.#records.length) {
      const larger = new Int32Array(Math.max(this.#used, this.#records.length * 2))
      larger.set(this.#records)
      this.#records = larger
    }
    return start
  }
}

// These loops are functions of their own, so that they are compiled early.

function countCodes(counts: Int32Array, codes: Int32Array): void {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    if (code >= 0) counts[code] = counts[code]! + 1
  }
}

/** The same, and puts down each code that comes so often; returns how many these are. */
function countOften(counts: Int32Array, codes: Int32Array, often: number, into: Int32Array): number {
  let found = 0
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    if (code >= 0 && ++counts[code]! === often) into[found++] = code
  }
  return found
}

/** Puts each record where its code's records go. */
function placeOnes(records: Int32Array, cursor: Int32Array, codes: Int32Array): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    const slot = code < 0 ? -1 : cursor[code]!
    if (slot < 0) continue
    records[slot] = i
    cursor[code] = slot + 1
  }
}

/** The same for records with sets of codes. */
function placeSets(records: Int32Array, cursor: Int32Array, offsets: Int32Array, codes: Int32Array): void {
  for (let i = 0; i + 1 < offsets.length; i++) {
    const end = offsets[i + 1]!
    for (let at = offsets[i]!; at < end; at++) {
      const code = codes[at]!
      const slot = code < 0 ? -1 : cursor[code]!
      if (slot < 0) continue
      records[slot] = i
      cursor[code] = slot + 1
    }
  }
}

/** Counts a token of the records that hold it, to the place after their own. */
function countHeld(held: Int32Array, from: number, to: number, offsets: Int32Array): void {
  for (let at = from; at < to; at++) offsets[held[at]! + 1]!++
}

/** Puts a token into the lists of the records that hold it, which are `held` from `from` to before `to`. */
function placeToken(id: number, held: Int32Array, from: number, to: number, ids: Int32Array, next: Int32Array): void {
  for (let at = from; at < to; at++) {
    const i = held[at]!
    ids[next[i]!] = id
    next[i]!++
  }
}
