/** The longest spelling that is kept. */
export const LONGEST = 30
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/**
 * Numbers spellings in the order in which they are first seen. A spelling is read character by character and looked up as it
 * stands there: no string is made of a word that is known.
 */
export class Spellings {
  readonly #read = new Uint16Array(LONGEST)
  /** Of what is being read: characters, those beyond the longest too, and their FNV-1a hash. */
  #length = 0
  #hash = OFFSET
  /** By hash, linearly probed: a spelling's number and one, 0 where there is none. */
  #slots = new Int32Array(1 << 14)
  #hashes = new Int32Array(1 << 12)
  /** `LONGEST` characters a spelling, and how many of them it has. */
  #characters = new Uint16Array(LONGEST << 12)
  #lengths = new Uint8Array(1 << 12)
  #known = 0

  /** How many characters the spelling that is being read has. */
  get length(): number {
    return this.#length
  }

  read(character: number): void {
    if (this.#length < LONGEST) {
      this.#read[this.#length] = character
      this.#hash = Math.imul(this.#hash ^ character, PRIME)
    }
    this.#length++
  }

  /** Forgets what was read. */
  clear(): void {
    this.#length = 0
    this.#hash = OFFSET
  }

  /** The number of the spelling that was read, the next one where it is new. It must not be empty, nor longer than the longest. */
  take(): number {
    const mask = this.#slots.length - 1
    let slot = (this.#hash ^ (this.#hash >>> 15)) & mask
    for (let held = this.#slots[slot]!; held > 0; held = this.#slots[slot]!) {
      if (this.#isRead(held - 1)) return held - 1
      slot = (slot + 1) & mask
    }
    return this.#add(slot)
  }

  #isRead(spelling: number): boolean {
    if (this.#hashes[spelling] !== this.#hash || this.#lengths[spelling] !== this.#length) return false
    const start = spelling * LONGEST
    for (let at = 0; at < this.#length; at++) if (this.#characters[start + at] !== this.#read[at]) return false
    return true
  }

  #add(slot: number): number {
    const spelling = this.#known++
    this.#slots[slot] = spelling + 1
    this.#hashes[spelling] = this.#hash
    this.#lengths[spelling] = this.#length
    this.#characters.set(this.#read.subarray(0, this.#length), spelling * LONGEST)
    if (this.#known === this.#hashes.length) this.#grow()
    return spelling
  }

  #grow(): void {
    const size = 2 * this.#known
    const [hashes, lengths, characters] = [this.#hashes, this.#lengths, this.#characters]
    ;(this.#hashes = new Int32Array(size)).set(hashes)
    ;(this.#lengths = new Uint8Array(size)).set(lengths)
    ;(this.#characters = new Uint16Array(size * LONGEST)).set(characters)
    this.#slots = new Int32Array(2 * this.#slots.length)
    const mask = this.#slots.length - 1
    for (let spelling = 0; spelling < this.#known; spelling++) {
      let slot = (hashes[spelling]! ^ (hashes[spelling]! >>> 15)) & mask
      while (this.#slots[slot]! > 0) slot = (slot + 1) & mask
      this.#slots[slot] = spelling + 1
    }
  }
}
