import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { SYMBOLS, Trigrams } from '../../features/trigrams.ts'
import type { WindowView } from '../../view/window-view.ts'

const LONGEST = 4000
/** Characters of average surprise that are added to each text, so that short texts stay near the average. */
const PRIOR_CHARACTERS = 40

/**
 * Text that is no language of this window: the mean surprise per character, in nats, under the window's own character
 * trigrams, counted without the text itself. Random letters score far above the bulk, whatever words the other texts
 * use.
 */
export class Gibberish implements Detector {
  readonly info: DetectorInfo = { name: 'gibberish', family: 'outlier', version: 1 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #longest: number

  /** `longest`: the first characters of a text that are read. */
  constructor({ longest = LONGEST }: { readonly longest?: number } = {}) {
    this.#longest = longest
  }

  async score(view: WindowView): Promise<Detection> {
    const scores = surprise(view.texts() ?? [], this.#longest)
    const typical = scores.toSorted()[Math.floor(scores.length / 2)] ?? 0
    const why = (i: number) =>
      `Its letters follow one another as in few other texts here: ${scores[i]!.toFixed(1)} nats each, ${typical.toFixed(1)} in most.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

function surprise(texts: readonly string[], longest: number): Float64Array {
  const trigrams = new Trigrams()
  const ends = texts.map((text) => trigrams.read(text, Math.min(text.length, longest)))
  const all = trigrams.codes.subarray(0, ends.at(-1) ?? 0)
  const triples = new Int32Array(SYMBOLS ** 3)
  for (let at = 0; at < all.length; at++) triples[all[at]!]!++
  const pairs = new Int32Array(SYMBOLS ** 2)
  triples.forEach((count, triple) => (pairs[PAIR_OF[triple]!]! += count))
  const own = new OwnCounts()
  const sums = new Float64Array(texts.length)
  for (let i = 0; i < texts.length; i++) {
    own.count(all.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]))
    sums[i] = surpriseOf(own, triples, pairs)
  }
  const mean = sums.reduce((a, b) => a + b, 0) / Math.max(1, all.length)
  const lengthOf = (i: number) => ends[i]! - (i === 0 ? 0 : ends[i - 1]!)
  return sums.map((sum, i) => (sum + PRIOR_CHARACTERS * mean) / (lengthOf(i) + PRIOR_CHARACTERS))
}

/**
 * The summed surprise of one text, in nats, under the trigrams of all others; the order of its trigrams does not
 * matter.
 */
function surpriseOf(own: OwnCounts, triples: Int32Array, pairs: Int32Array): number {
  let sum = 0
  for (let at = 0; at < own.distinct; at++) {
    const triple = own.list[at]!
    const pair = PAIR_OF[triple]!
    const times = own.triples[triple]!
    const others = pairs[pair]! - own.pairs[pair]!
    sum -= times * Math.log((triples[triple]! - times + 0.5) / (others + 0.5 * SYMBOLS))
  }
  return sum
}

/** The first two symbols of each trigram. */
const PAIR_OF = Uint16Array.from({ length: SYMBOLS ** 3 }, (_, triple) => Math.floor(triple / SYMBOLS))

/** Counts of one text's trigrams and of their pairs; `list` holds each trigram once. */
class OwnCounts {
  readonly triples = new Int32Array(SYMBOLS ** 3)
  readonly pairs = new Int32Array(SYMBOLS ** 2)
  readonly list = new Uint16Array(SYMBOLS ** 3)
  distinct = 0

  /** Counts a text in place of the previous one. */
  count(codes: Uint16Array): void {
    const { triples, pairs, list } = this
    for (let at = 0; at < this.distinct; at++) {
      triples[list[at]!] = 0
      pairs[PAIR_OF[list[at]!]!] = 0
    }
    let distinct = 0
    for (let at = 0; at < codes.length; at++) {
      const triple = codes[at]!
      if (triples[triple]!++ === 0) list[distinct++] = triple
    }
    for (let at = 0; at < distinct; at++) pairs[PAIR_OF[list[at]!]!]! += triples[list[at]!]!
    this.distinct = distinct
  }
}
