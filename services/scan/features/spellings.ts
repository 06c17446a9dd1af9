/** The longest spelling that is kept. */
export const LONGEST = 30
/** The constants of FNV-1a over code units. */
export const OFFSET = 0x811c9dc5 | 0
export const PRIME = 0x01000193
/** The numbers of a slot; a power of two, so that a slot lies in one cache line. */
const SLOT = 4
/** At most this many of eight slots are filled. */
const FULL = 5

/**
 * Numbers spellings in order of first appearance. Spellings are looked up as code units of a text, so that no string is
 * made for a known word.
 */
export class Spellings {
  /**
   * A hash table by FNV-1a, linearly probed. A slot has 1 + the spelling's number (0 if empty), its hash, where its
   * code units start, and how many there are.
   */
  #slots = new Int32Array(SLOT << 12)
  /** The code units of all spellings, one after another, so that more of them fit the processor's cache. */
  #units = new Uint16Array(1 << 15)
  #used = 0
  #known = 0

  /**
   * The number of the spelling from `from` to before `to`, the next one where it is new. It must not be empty, nor
   * longer than LONGEST.
   */
  numberOf(text: Uint16Array, from: number, to: number): number {
    return this.numberOfHashed(hashOf(text, from, to), text, from, to)
  }

  /** The same, with the spelling's FNV-1a hash. */
  numberOfHashed(hash: number, text: Uint16Array, from: number, to: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = placeOf(hash, mask)
    for (let held = slots[slot]!; held > 0; held = slots[slot]!) {
      if (slots[slot + 1] === hash && slots[slot + 3] === to - from && this.#is(slots[slot + 2]!, text, from, to))
        return held - 1
      slot = (slot + SLOT) & mask
    }
    slots[slot] = ++this.#known
    slots[slot + 1] = hash
    slots[slot + 2] = this.#add(text.subarray(from, to))
    slots[slot + 3] = to - from
    if (8 * SLOT * this.#known > FULL * slots.length) this.#grow()
    return this.#known - 1
  }

  #is(start: number, text: Uint16Array, from: number, to: number): boolean {
    const units = this.#units
    for (let at = from, own = start; at < to; at++, own++) if (units[own] !== text[at]) return false
    return true
  }

  /** Stores a spelling's units; returns where they start. */
  #add(units: Uint16Array): number {
    const start = this.#used
    this.#used += units.length
    if (this.#used > this.#units.length) {
      const larger = new Uint16Array(2 * this.#units.length)
      larger.set(this.#units)
      this.#units = larger
    }
    this.#units.set(units, start)
    return start
  }

  #grow(): void {
    const before = this.#slots
    const slots = (this.#slots = new Int32Array(2 * before.length))
    const mask = slots.length - 1
    for (let at = 0; at < before.length; at += SLOT) {
      if (before[at] === 0) continue
      let slot = placeOf(before[at + 1]!, mask)
      while (slots[slot]! > 0) slot = (slot + SLOT) & mask
      for (let part = 0; part < SLOT; part++) slots[slot + part] = before[at + part]!
    }
  }
}

/** FNV-1a (Fowler, Noll & Vo) over code units. */
export function hashOf(units: Uint16Array, from: number, to: number): number {
  let hash = OFFSET
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ units[at]!, PRIME)
  return hash
}

function placeOf(hash: number, mask: number): number {
  return Math.imul(hash ^ (hash >>> 15), SLOT) & mask
}
