import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../detector.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../samples.ts'
import type { WindowView } from '../window-view.ts'
import { silent, usable } from './held-back.ts'
import { largest } from './label-quality.ts'

/** A pair is named a campaign from this log-likelihood ratio on, after the correction for all pairs tried. */
const LEAST_EVIDENCE = 6
/** How much more one-sided than expected natural confusion still is, between look-alike classes. */
const NATURAL = 1.3
/** How much single doubt counts next to the pair's asymmetry: it ranks records where no pair stands out. */
const SINGLE_DOUBT = 0.1

interface Pair {
  readonly from: number
  readonly to: number
  /** (C_ab − C_ba) / √(C_ab + C_ba + 4) */
  readonly asymmetry: number
  /** How many more records go this way than go back: those that symmetric confusion does not explain. */
  readonly excess: number
  readonly evidence: number
}

/**
 * One class pushed into another: records that look like a and are labelled b, counted against those that look like b
 * and are labelled a. Natural confusion goes both ways; a campaign goes one (pair noise: Han et al. 2018, Co-teaching).
 * A record's score is the asymmetry of its pair times its doubt 1 − p(label). Evidence for a pair is the log-likelihood
 * ratio of its two counts against equal shares, less ln of the number of pairs.
 */
export class PairAsymmetry implements Detector {
  readonly info: DetectorInfo = { name: 'pair-asymmetry', family: 'label', version: 1 }
  readonly needs = ['labels'] as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'pair-asymmetry held back: fewer than two labels are in use')
    const { probabilities } = await view.consensus()
    const likely = Int32Array.from(labels.of, (_, i) => largest(probabilities, i))
    const pairs = pairsOf(likely, labels, probabilities)
    const pairAt = (i: number) => pairs.get(likely[i]! * probabilities.cols + labels.of[i]!)
    const scores = Float64Array.from(labels.of, (label, i) => {
      if (label < 0) return 0
      const doubt = 1 - probabilities.data[i * probabilities.cols + label]!
      return (Math.max(0, pairAt(i)?.asymmetry ?? 0) + SINGLE_DOUBT) * doubt
    })
    const groups = [...pairs.values()]
      .filter(({ evidence }) => evidence >= LEAST_EVIDENCE)
      .map((pair) => groupOf(pair, likely, labels, probabilities))
    const why = (i: number) =>
      `It looks like ${labels.names[likely[i]!]} and is labelled ${labels.names[labels.of[i]!]}: far more records go that way than back.`
    return { scores, scale: 'relative', groups, why }
  }
}

function pairsOf(likely: Int32Array, labels: Grouping, probabilities: Matrix): Map<number, Pair> {
  const classes = labels.names.length
  const seen = new Float64Array(classes * classes)
  labels.of.forEach((label, i) => {
    if (label >= 0 && likely[i] !== label) seen[likely[i]! * classes + label]!++
  })
  // Errors of the predictor are not symmetric either: what it expects of itself is taken off first.
  const due = new Float64Array(classes * classes)
  labels.of.forEach((label, i) => {
    if (label < 0) return
    for (let c = 0; c < classes; c++) {
      if (c !== likely[i])
        due[likely[i]! * classes + c] = due[likely[i]! * classes + c]! + probabilities.data[i * classes + c]!
    }
  })
  const tried = Math.log(Math.max(1, classes * (classes - 1)))
  const pairs = new Map<number, Pair>()
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < classes; b++) {
      const [forth, back] = [seen[a * classes + b]!, seen[b * classes + a]!]
      if (a === b || forth === 0) continue
      const asymmetry = (forth - back) / Math.sqrt(forth + back + 4)
      const expected = 0.5 + NATURAL * Math.max(back, due[a * classes + b]!)
      const ratio = forth > expected ? forth * Math.log(forth / expected) - (forth - expected) : 0
      pairs.set(a * classes + b, { from: a, to: b, asymmetry, excess: forth - expected, evidence: ratio - tried })
    }
  }
  return pairs
}

function groupOf(
  { from, to, excess, evidence }: Pair,
  likely: Int32Array,
  labels: Grouping,
  probabilities: Matrix,
): Group {
  const members = Int32Array.from(labels.of.keys()).filter((i) => likely[i] === from && labels.of[i] === to)
  // The share of members that chance does not explain, given to the most doubtful first.
  const share = excess / members.length
  const posterior = Float64Array.from(members, (i) => {
    const kept = probabilities.data[i * probabilities.cols + to]!
    return (share * (1 - kept)) / (share * (1 - kept) + (1 - share) * kept)
  })
  const names = `look like ${labels.names[from]} and are labelled ${labels.names[to]}`
  return { members, posterior, evidence, label: to, summary: `${members.length} records ${names}` }
}
