import type { TokenMatrix } from '../../../view/window-view.ts'

/**
 * The nearest records of a window by the cosine of their words, each weighted by its rarity, ln(n ÷ holders). A record
 * that shares no word is near none, so there may be fewer neighbours than asked for.
 */
export class NearestByWords {
  readonly #tokens: TokenMatrix
  readonly #weights: Float64Array
  /** By record: the squared length of its vector of words. */
  readonly #squares: Float64Array
  readonly #shared: Float64Array

  constructor(tokens: TokenMatrix) {
    const { offsets, ids, kindOf, holders } = tokens
    const n = offsets.length - 1
    this.#tokens = tokens
    this.#weights = Float64Array.from({ length: tokens.tokens }, (_, word) =>
      kindOf[word] === 0 ? Math.log(n / holders(word).length) ** 2 : 0,
    )
    this.#squares = new Float64Array(n)
    for (let i = 0; i < n; i++)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) this.#squares[i]! += this.#weights[ids[at]!]!
    this.#shared = new Float64Array(n)
  }

  /** For each of `records`, its `among` nearest records, the nearest first, by all words but those in `leftOut`. */
  of(records: Int32Array, leftOut: ReadonlySet<number>, among: number): number[][] {
    const { holders } = this.#tokens
    const lengthen = (sign: 1 | -1) => {
      for (const word of leftOut) for (const j of holders(word)) this.#squares[j]! += sign * this.#weights[word]!
    }
    lengthen(-1)
    const nearest = Array.from(records, (i) => this.#nearest(i, leftOut, among))
    lengthen(1)
    return nearest
  }

  #nearest(i: number, leftOut: ReadonlySet<number>, among: number): number[] {
    const { offsets, ids, holders } = this.#tokens
    const shared = this.#shared
    const met: number[] = []
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const word = ids[at]!
      const weight = this.#weights[word]!
      if (weight === 0 || leftOut.has(word)) continue
      for (const j of holders(word)) {
        if (shared[j] === 0) met.push(j)
        shared[j]! += weight
      }
    }
    const nearest: { readonly j: number; readonly cosine: number }[] = []
    for (const j of met) {
      const cosine = shared[j]! / Math.sqrt(this.#squares[j]!)
      shared[j] = 0
      if (j === i || (nearest.length === among && cosine <= nearest.at(-1)!.cosine)) continue
      let at = nearest.length
      while (at > 0 && nearest[at - 1]!.cosine < cosine) at--
      nearest.splice(at, 0, { j, cosine })
      if (nearest.length > among) nearest.pop()
    }
    return nearest.map(({ j }) => j)
  }
}
