import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../detector.ts'
import type { WindowView } from '../window-view.ts'

/** a…z, digits as one, white space, other ASCII, everything else. */
const SYMBOLS = 30
/** Characters looked at in one text. */
const LONGEST = 4000
/** What a text of no length is shrunk toward, as if this many characters of average surprise had been read. */
const PRIOR_CHARACTERS = 40

/**
 * Text that is no language of this window: mean surprise a character, in nats, under the window's own character
 * trigrams with the text itself left out. Random letters stand far above the bulk whatever words the others use.
 */
export class Gibberish implements Detector {
  readonly info: DetectorInfo = { name: 'gibberish', family: 'outlier', version: 1 }
  readonly needs = ['texts'] as const

  async score(view: WindowView): Promise<Detection> {
    const scores = surprise(view.samples.kind === 'text' ? view.samples.texts : [])
    const typical = scores.toSorted()[Math.floor(scores.length / 2)] ?? 0
    const why = (i: number) =>
      `Its characters follow one another as in no other text here: ${scores[i]!.toFixed(1)} nats each, ${typical.toFixed(1)} in most.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

function surprise(texts: readonly string[]): Float64Array {
  const triples = new Float64Array(SYMBOLS ** 3)
  const pairs = new Float64Array(SYMBOLS ** 2)
  for (const text of texts) count(text, triples, pairs, 1)
  const sums = new Float64Array(texts.length)
  const lengths = new Float64Array(texts.length)
  texts.forEach((text, i) => {
    count(text, triples, pairs, -1)
    walk(text, (triple, pair) => {
      sums[i]! -= Math.log((triples[triple]! + 0.5) / (pairs[pair]! + 0.5 * SYMBOLS))
      lengths[i]!++
    })
    count(text, triples, pairs, 1)
  })
  const mean =
    sums.reduce((a, b) => a + b, 0) /
    Math.max(
      1,
      lengths.reduce((a, b) => a + b, 0),
    )
  return sums.map((sum, i) => (sum + PRIOR_CHARACTERS * mean) / (lengths[i]! + PRIOR_CHARACTERS))
}

function count(text: string, triples: Float64Array, pairs: Float64Array, weight: number): void {
  walk(text, (triple, pair) => {
    triples[triple]! += weight
    pairs[pair]! += weight
  })
}

function walk(text: string, visit: (triple: number, pair: number) => void): void {
  let [before, last] = [26, 26]
  for (let at = 0; at < Math.min(text.length, LONGEST); at++) {
    const symbol = symbolOf(text.charCodeAt(at))
    const pair = before * SYMBOLS + last
    visit(pair * SYMBOLS + symbol, pair)
    before = last
    last = symbol
  }
}

function symbolOf(code: number): number {
  const lower = code | 32
  if (lower >= 97 && lower <= 122 && code < 128) return lower - 97
  if (code <= 32) return 26
  if (code >= 48 && code <= 57) return 27
  return code < 128 ? 28 : 29
}
