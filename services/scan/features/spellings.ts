/** The longest spelling that is kept. */
export const LONGEST = 30
const LINE = 32
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/**
 * Numbers spellings in the order in which they are first seen. They are looked up as they stand in a text: no string is made of a
 * word that is known.
 */
export class Spellings {
  /** By FNV-1a hash, linearly probed: a spelling's number and one, 0 where there is none, and beside it the hash. */
  #slots = new Int32Array(2 << 14)
  /** A spelling's length and its code units, in one line of the cache. */
  #units = new Uint16Array(LINE << 12)
  #known = 0

  /** The number of the spelling from `from` up to `to`, the next one where it is new. It must not be empty, nor longer than the longest. */
  numberOf(text: Uint16Array, from: number, to: number): number {
    let hash = OFFSET
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ text[at]!, PRIME)
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = placeOf(hash, mask)
    for (let held = slots[slot]!; held > 0; held = slots[slot]!) {
      if (slots[slot + 1] === hash && this.#is(held - 1, text, from, to)) return held - 1
      slot = (slot + 2) & mask
    }
    slots[slot] = this.#known + 1
    slots[slot + 1] = hash
    return this.#add(text.subarray(from, to))
  }

  #is(spelling: number, text: Uint16Array, from: number, to: number): boolean {
    const units = this.#units
    let own = spelling * LINE
    if (units[own++] !== to - from) return false
    for (let at = from; at < to; at++, own++) if (units[own] !== text[at]) return false
    return true
  }

  #add(units: Uint16Array): number {
    const spelling = this.#known++
    if (this.#known * LINE > this.#units.length) this.#grow()
    this.#units[spelling * LINE] = units.length
    this.#units.set(units, spelling * LINE + 1)
    return spelling
  }

  #grow(): void {
    const [units, slots] = [this.#units, this.#slots]
    ;(this.#units = new Uint16Array(2 * units.length)).set(units)
    this.#slots = new Int32Array(2 * slots.length)
    const mask = this.#slots.length - 1
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at] === 0) continue
      let slot = placeOf(slots[at + 1]!, mask)
      while (this.#slots[slot]! > 0) slot = (slot + 2) & mask
      this.#slots[slot] = slots[at]!
      this.#slots[slot + 1] = slots[at + 1]!
    }
  }
}

function placeOf(hash: number, mask: number): number {
  return ((hash ^ (hash >>> 15)) << 1) & mask
}
