/** The longest spelling that is kept. */
export const LONGEST = 30
/** Of FNV-1a over code units. */
export const OFFSET = 0x811c9dc5 | 0
export const PRIME = 0x01000193
/** Numbers that a slot takes, a power of two so that it lies in one line of the cache. */
const SLOT = 4
/** Of eight slots so many are filled at most. */
const FULL = 5

/**
 * Numbers spellings in the order in which they are first seen. They are looked up as they stand in a text: no string is made of a
 * word that is known.
 */
export class Spellings {
  /** By FNV-1a hash, linearly probed: a spelling's number and one, 0 where there is none, its hash, where its code units start and how many there are. */
  #slots = new Int32Array(SLOT << 12)
  /** One spelling's code units after another's: close together, more of them stay near the processor. */
  #units = new Uint16Array(1 << 15)
  #used = 0
  #known = 0

  /** The number of the spelling from `from` up to `to`, the next one where it is new. It must not be empty, nor longer than the longest. */
  numberOf(text: Uint16Array, from: number, to: number): number {
    return this.numberOfHashed(hashOf(text, from, to), text, from, to)
  }

  /** The same where the spelling's FNV-1a hash is known. */
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

  /** Where the spelling's units start. */
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
