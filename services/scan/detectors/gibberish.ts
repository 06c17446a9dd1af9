import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../detector.ts'
import { SYMBOLS, Trigrams } from '../features/trigrams.ts'
import type { WindowView } from '../view/window-view.ts'

const LONGEST = 4000
/** What a text of no length is shrunk toward, as if this many characters of average surprise had been read. */
const PRIOR_CHARACTERS = 40

/**
 * Text that is no language of this window: mean surprise a character of its words, in nats, under the window's own
 * character trigrams with the text itself left out. Random letters stand far above the bulk whatever words the others use.
 */
export class Gibberish implements Detector {
  readonly info: DetectorInfo = { name: 'gibberish', family: 'outlier', version: 1 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #longest: number

  /** Characters looked at in one text. */
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
  const triples = new Float64Array(SYMBOLS ** 3)
  const pairs = new Float64Array(SYMBOLS ** 2)
  const trigrams = new Trigrams()
  const ends = texts.map((text) => trigrams.read(text, Math.min(text.length, longest)))
  const owns = ends.map((end, i) => trigrams.codes.subarray(i === 0 ? 0 : ends[i - 1]!, end))
  for (const own of owns) count(own, triples, pairs, 1)
  const sums = new Float64Array(texts.length)
  // A trigram is as surprising wherever in the text it stands.
  const asked = new Int32Array(triples.length).fill(-1)
  const surprises = new Float64Array(triples.length)
  for (let i = 0; i < owns.length; i++) {
    const own = owns[i]!
    count(own, triples, pairs, -1)
    let sum = 0
    for (let at = 0; at < own.length; at++) {
      const triple = own[at]!
      if (asked[triple] !== i) {
        asked[triple] = i
        surprises[triple] = Math.log((triples[triple]! + 0.5) / (pairs[PAIR_OF[triple]!]! + 0.5 * SYMBOLS))
      }
      sum -= surprises[triple]!
    }
    sums[i] = sum
    count(own, triples, pairs, 1)
  }
  const mean = sums.reduce((a, b) => a + b, 0) / Math.max(1, ends.at(-1) ?? 0)
  return sums.map((sum, i) => (sum + PRIOR_CHARACTERS * mean) / (owns[i]!.length + PRIOR_CHARACTERS))
}

/** The pair that a trigram goes on from. */
const PAIR_OF = Uint16Array.from({ length: SYMBOLS ** 3 }, (_, triple) => Math.floor(triple / SYMBOLS))

function count(codes: Uint16Array, triples: Float64Array, pairs: Float64Array, weight: number): void {
  for (let at = 0; at < codes.length; at++) {
    const triple = codes[at]!
    const pair = PAIR_OF[triple]!
    triples[triple] = triples[triple]! + weight
    pairs[pair] = pairs[pair]! + weight
  }
}
