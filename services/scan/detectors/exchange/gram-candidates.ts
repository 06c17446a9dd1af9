import { bucketOf, type GramKeys, mixed } from './gram-keys.ts'

/** Keys of buckets that are frequent, by number in the order of first appearance. */
export class Candidates {
  /** Texts that have it. */
  readonly counts: number[] = []
  readonly first: number[] = []
  /** What texts have, one after another, and how much that is. */
  held = new Int32Array(1 << 16)
  used = 0
  readonly #last: number[] = []
  /** A key and its number and one, 0 where there is none; linearly probed. */
  #slots = new Int32Array(2 << 14)

  /** Takes what text i has, and tells how many of its words are rare. */
  add(keys: GramKeys, i: number, frequent: Uint8Array): number {
    const found = keys.read(i)
    const words = keys.wordsIn(i)
    if (this.used + found > this.held.length) this.held = doubled(this.held, this.used + found)
    let rare = 0
    for (let k = 0; k < found; k++) {
      const key = keys.of[k]!
      if (frequent[bucketOf(key)] === 0) {
        if (k < words) rare++
        continue
      }
      const id = this.#numberOf(key)
      if (id === this.counts.length) {
        const [size, at] = keys.placeOf(i, k)
        this.first.push(key, i, size, at)
        this.#last.push(-1)
        this.counts.push(0)
      }
      if (this.#last[id] === i) continue
      this.#last[id] = i
      this.counts[id]!++
      this.held[this.used++] = id
    }
    return rare
  }

  /** The next number where the key is new. */
  #numberOf(key: number): number {
    if (4 * this.counts.length >= this.#slots.length) this.#grow()
    const slots = this.#slots
    const slot = slotOf(slots, key)
    if (slots[slot + 1] === 0) {
      slots[slot] = key
      slots[slot + 1] = this.counts.length + 1
    }
    return slots[slot + 1]! - 1
  }

  #grow(): void {
    const slots = this.#slots
    this.#slots = new Int32Array(2 * slots.length)
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] === 0) continue
      const slot = slotOf(this.#slots, slots[at]!)
      this.#slots[slot] = slots[at]!
      this.#slots[slot + 1] = slots[at + 1]!
    }
  }
}

/** Where the key is, or would be put. */
function slotOf(slots: Int32Array, key: number): number {
  const mask = slots.length - 1
  let slot = (mixed(key) << 1) & mask
  while (slots[slot + 1]! > 0 && slots[slot] !== key) slot = (slot + 2) & mask
  return slot
}

function doubled(held: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * held.length, least))
  larger.set(held)
  return larger
}
