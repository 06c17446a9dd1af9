import { seededRandom } from '#core/random.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** Records of a set that are compared at most, evenly spread. */
const MOST_COMPARED = 120
/** By how much the sizes of random sets grow, and how many of each size are drawn. */
const GROWTH = 1.25
const DRAWN = 24

/** How alike sets of texts are by their tokens (tf-idf; cosines), and how alike random texts of a label are. */
export class Likeness {
  readonly #tokens: TokenMatrix
  readonly #weights: Float64Array
  /** By record: the reciprocal of its length. */
  readonly #norms: Float64Array
  readonly #sums: Float64Array
  readonly #byLabel: readonly Int32Array[]
  readonly #seed: number
  readonly #random = new Map<string, { readonly mean: number; readonly deviation: number }>()

  constructor(tokens: TokenMatrix, labels: Grouping, seed: number) {
    const n = tokens.offsets.length - 1
    this.#tokens = tokens
    this.#weights = Float64Array.from({ length: tokens.tokens }, (_, token) =>
      Math.log(n / tokens.holders(token).length),
    )
    this.#norms = Float64Array.from({ length: n }, (_, i) => {
      let square = 0
      for (let at = tokens.offsets[i]!; at < tokens.offsets[i + 1]!; at++)
        square += this.#weights[tokens.ids[at]!]! ** 2
      return square > 0 ? 1 / Math.sqrt(square) : 0
    })
    this.#sums = new Float64Array(tokens.tokens)
    this.#byLabel = [...labels.counts.keys()].map((label) =>
      Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label),
    )
    this.#seed = seed
  }

  /**
   * By how many deviations texts of the label are more alike than as many random ones of it, without the token: about 0 for
   * random ones.
   */
  beyondRandom(records: Int32Array, label: number, token: number): number {
    const some = evenly(records, MOST_COMPARED)
    const { mean, deviation } = this.#ofRandom(label, some.length)
    return (this.#alike(some, token) - mean) / deviation
  }

  /** The mean cosine of pairs of the texts, without the token. */
  #alike(records: Int32Array, without: number): number {
    const { offsets, ids } = this.#tokens
    const [weights, norms, sums] = [this.#weights, this.#norms, this.#sums]
    let own = 0
    for (const i of records)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        if (ids[at] === without) continue
        const weight = weights[ids[at]!]! * norms[i]!
        sums[ids[at]!]! += weight
        own += weight * weight
      }
    let square = 0
    for (const i of records)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        square += sums[ids[at]!]! ** 2
        sums[ids[at]!] = 0
      }
    return (square - own) / (records.length * (records.length - 1))
  }

  /** Of random texts of the label; sets of nearly the same size are taken to be as alike. */
  #ofRandom(label: number, size: number): { readonly mean: number; readonly deviation: number } {
    const step = Math.round(Math.log(size) / Math.log(GROWTH))
    const key = `${label} ${step}`
    let found = this.#random.get(key)
    if (found === undefined) {
      const all = this.#byLabel[label]!
      const random = seededRandom(this.#seed, `likeness ${key}`)
      const drawn = Array.from({ length: DRAWN }, () =>
        this.#alike(
          Int32Array.from(random.permutation(all.length).subarray(0, GROWTH ** step), (at) => all[at]!),
          -1,
        ),
      )
      const mean = drawn.reduce((sum, v) => sum + v, 0) / DRAWN
      const deviation = Math.sqrt(drawn.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (DRAWN - 1))
      this.#random.set(key, (found = { mean, deviation: Math.max(deviation, 1e-9) }))
    }
    return found
  }
}

function evenly(records: Int32Array, most: number): Int32Array {
  if (records.length <= most) return records
  return Int32Array.from({ length: most }, (_, k) => records[Math.floor((k * records.length) / most)]!)
}
