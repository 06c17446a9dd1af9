/** The numbers of a slot; a power of two, so that a slot lies in one cache line. */
const SLOT = 4

/** Numbers pairs of words in the order in which they are first asked for. */
export class Pairs {
  /** A hash table, linearly probed. A slot has 1 + the pair's code (0 if empty), and its words. */
  #slots = new Int32Array(SLOT << 12)
  readonly #words: number[] = []

  get count(): number {
    return this.#words.length / 2
  }

  wordsOf(code: number): readonly [first: number, second: number] {
    return [this.#words[2 * code]!, this.#words[2 * code + 1]!]
  }

  codeOf(a: number, b: number): number {
    const slots = this.#slots
    let slot = slotOf(a, b, slots.length)
    for (let held = slots[slot]!; held > 0; held = slots[slot]!) {
      if (slots[slot + 1] === a && slots[slot + 2] === b) return held - 1
      slot = (slot + SLOT) & (slots.length - 1)
    }
    const code = this.count
    this.#words.push(a, b)
    if (2 * SLOT * code > slots.length) this.#grow()
    else this.#put(slot, code)
    return code
  }

  #put(slot: number, code: number): void {
    this.#slots[slot] = code + 1
    this.#slots[slot + 1] = this.#words[2 * code]!
    this.#slots[slot + 2] = this.#words[2 * code + 1]!
  }

  #grow(): void {
    const slots = (this.#slots = new Int32Array(2 * this.#slots.length))
    for (let code = 0; code < this.count; code++) {
      const [a, b] = this.wordsOf(code)
      let slot = slotOf(a, b, slots.length)
      while (slots[slot]! > 0) slot = (slot + SLOT) & (slots.length - 1)
      this.#put(slot, code)
    }
  }
}

function slotOf(a: number, b: number, length: number): number {
  const hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b)
  return Math.imul(hash ^ (hash >>> 15), SLOT) & (length - 1)
}
