import type { DetectorInfo } from '#core/score.ts'
import { sharedLabel } from '../shared-label.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { type PairCounts, pairsElsewhere } from '../../features/pairs-elsewhere.ts'
import type { WindowView } from '../../view/window-view.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'

/** Different pairs of known words that a text must have: among fewer, chance leaves too many unseen. */
const LEAST_PAIRS = 100
/** Texts with so many pairs that must be there to show what is natural. */
const LEAST_TEXTS = 200
/** The lower quartile shows their spread, in whatever twentieth of them is planted; where a normal law has it. */
const LOWER = 0.25
const LOWER_AT = 0.6745
/** The least spread, in log-odds: natural texts are never taken to be more alike than this. */
const LEAST_SPREAD = 0.5
/** Nats of evidence that a text must have after the correction, and the fewest such texts: fewer are oddities. */
const LEAST_EVIDENCE = 10
const FEWEST = 5

/**
 * Texts of words that other texts have too, in an order that no other text has: words drawn from a vocabulary, as in a
 * dictionary attack (Nelson et al. 2008, Exploiting Machine Learning to Subvert Your Spam Filter). Of the pairs of known
 * words that follow one another in a text, other texts hold a share; how far its log-odds vary by nature is measured on
 * the window's texts, by their median and lower quartile. A score is the evidence in nats of a text that lies so far below,
 * under the normal law, corrected for all texts; 0 where it is small.
 */
export class WordSalad implements Detector {
  readonly info: DetectorInfo = { name: 'word-salad', family: 'outlier', version: 1 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const

  score({ n, samples, labels }: WindowView): Promise<Detection> {
    const counts = samples.kind === 'text' ? pairsElsewhere(vocabularyOf(samples)) : null
    const scores = counts === null ? new Float64Array(n) : evidenceOf(counts)
    const members = Int32Array.from(scores.keys()).filter((i) => scores[i]! > 0)
    const posterior = Float64Array.from(members, (i) => 1 - Math.exp(-scores[i]!))
    const label = sharedLabel(members, labels)
    const toward = label < 0 ? '' : `, labelled ${labels?.names[label]}`
    const group: Group = {
      members,
      posterior,
      evidence: members.reduce((least, i) => Math.min(least, scores[i]!), Infinity),
      label,
      summary: `${members.length} texts of words that others have, in an order that no other has${toward}`,
    }
    const why = (i: number) =>
      scores[i]! > 0
        ? `Of ${counts!.known[i]} pairs of words that others have, others hold ${counts!.held[i]} in this order.`
        : ''
    return Promise.resolve({ scores, scale: 'absolute', groups: members.length < FEWEST ? [] : [group], why })
  }
}

function evidenceOf({ known, held }: PairCounts): Float64Array {
  const evidence = new Float64Array(known.length)
  const asked = Int32Array.from(known.keys()).filter((i) => known[i]! >= LEAST_PAIRS)
  if (asked.length < LEAST_TEXTS) return evidence
  const oddsOf = (i: number) => Math.log((held[i]! + 0.5) / (known[i]! - held[i]! + 0.5))
  const sorted = Float64Array.from(asked, oddsOf).sort()
  const median = sorted[sorted.length >> 1]!
  const spread = Math.max(LEAST_SPREAD, (median - sorted[Math.floor(LOWER * sorted.length)]!) / LOWER_AT)
  for (const i of asked) {
    const below = Math.max(0, median - oddsOf(i)) / spread
    const nats = below ** 2 / 2 - Math.log(known.length)
    if (nats >= LEAST_EVIDENCE) evidence[i] = nats
  }
  return evidence
}
