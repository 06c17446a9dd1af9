import { bucketOf, type GramKeys, mixed } from './gram-keys.ts'

/** The keys of frequent buckets, numbered in the order of first appearance. */
export class Candidates {
  /** How many texts have each key. */
  readonly counts: number[] = []
  /** The first place of each key: key, text, size, position. */
  readonly first: number[] = []
  /** The numbers of the keys that each text has, one text after another; the first `used` are filled. */
  held = new Int32Array(1 << 16)
  used = 0
  readonly #last: number[] = []
  /** A hash table with linear probing; each slot is a key, and its number plus 1 (0: the slot is empty). */
  #slots = new Int32Array(2 << 14)

  /** Adds the keys of text i, and returns how many of its words are rare. */
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

  /** The number of the key; a new key takes the next number. */
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

/** The slot that holds the key, or the empty one for it. */
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
