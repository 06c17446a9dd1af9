import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { lettersRead } from '../../features/letter-surprise.ts'
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

  /** `longest`: the first characters of a text that are read, fewer than 65,536. */
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
  const read = lettersRead(texts, longest)
  const [sums, lengths] = [read.surprise(), read.lengths]
  const mean =
    sums.reduce((a, b) => a + b, 0) /
    Math.max(
      1,
      lengths.reduce((a, b) => a + b, 0),
    )
  return sums.map((sum, i) => (sum + PRIOR_CHARACTERS * mean) / (lengths[i]! + PRIOR_CHARACTERS))
}
