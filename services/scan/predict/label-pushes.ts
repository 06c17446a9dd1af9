import { ENOUGH_RECORDS } from '../calibrate/enough.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'

/** A class of which a part is being pushed into another. */
export interface Push {
  readonly from: number
  readonly to: number
  /**
   * The share that the predictor concedes to `to`, of what it gives to either: the median over the class's records, and
   * the upper quartile.
   */
  readonly typical: number
  readonly most: number
}

/** The least floor of a push. Look-alikes concede to one another within the factor ONE_SIDED, after SLACK is added. */
const LEAST_FLOOR = 0.012
const ONE_SIDED = 6
const SLACK = 0.002
/** A floor below this share of another into the same label is that one's shadow. */
const SHADOW = 0.25
const FEWEST = 20
/** The least probability with which a class leads on a record. */
const LEADS = 0.3
/**
 * Where a class concedes at least this share on a quarter of its records, and at least UNLIKE times its median,
 * predictors do not separate the two classes on these records: a push concedes alike on all records.
 */
const NOT_TOLD_APART = 0.4
const UNLIKE = 1.5
/**
 * Quantiles of the conceded share: the one at which the floor is read, and two at one of which it must be one-sided as
 * well: the plainest records, where classes look alike, or the typical one, where they do not.
 */
const FLOOR = 0.25
const PLAINEST = 0.1
const TYPICAL = 0.5
/** The most classes: among more, no pair has enough records. */
const MOST_CLASSES = 200
/**
 * BORNE_OUT is the least quotient of the labels that go the way of a push and those that the predictor's concessions
 * lead to expect: in small windows over all records, and in all windows on the plainest records, by what is conceded on
 * the typical one. FEWEST_PUSHED is the fewest such labels in a small window.
 */
const BORNE_OUT = 0.5
const FEWEST_PUSHED = 5
/** Standard errors by which more labels must go one way than back, and in small windows, where predictors saw few records. */
const ONE_WAY = 2.5
const CAUTION = 3.5
/**
 * In small windows: so many times the excess of the runner-up into the same label, and this many records more, a push
 * must exceed. Of clean Fashion-MNIST the quotient is at most 1.8, of planted pushes at least 3 (ADR 150).
 */
const RUNNER_UP = 2
const STRAY = 3

/**
 * Finds classes of which a part is being relabelled as another. Such a class leaves a floor: the predictor concedes the
 * new label something on *every* record of the class, plain ones too, while honest ambiguity is a matter of few
 * records. Floors are compared on the lower quartile of the records on which the class leads, and with the reverse
 * pair, since look-alikes concede both ways. Look-alikes concede little on the plainest records, and as much as one
 * another on the typical one. Where the quartile between these is one-sided and neither of them is, that is the shape
 * of their ambiguity, and no floor.
 *
 * A predictor that saw few records concedes out of ignorance: then too few records look like one class by the consensus
 * and are labelled the other. In windows of any size more records must go the way of the push than back, by ONE_WAY or
 * CAUTION standard errors, and some must be among the plainest, since whoever relabels a part of a class strikes these
 * as often as others.
 * Look-alikes that are one-sided by nature, or by what a predictor happened to learn from, have such labels on doubtful
 * records only. In a small window a label that several classes are taken for, as shirts are, is vague by nature: a push
 * into it must lead the runner-up, for whoever relabels a part of one class adds nothing to the others.
 */
export function findPushes(outOfFold: Matrix, consensus: Matrix, labels: Grouping): Push[] {
  const classes = outOfFold.cols
  const quantile = (sorted: Float64Array, q: number) =>
    sorted.length < FEWEST ? 0 : (sorted[Math.floor(q * sorted.length)] ?? 0)
  if (classes > MOST_CLASSES) return []
  const { sorted, given, conceded } = sharesByPair(outOfFold, labels)
  const floors = sorted.map((values) => quantile(values, FLOOR))
  const isOneSided = (from: number, to: number, q: number) =>
    quantile(sorted[from * classes + to]!, q) >= ONE_SIDED * (quantile(sorted[to * classes + from]!, q) + SLACK)
  const found: Push[] = []
  for (let from = 0; from < classes; from++) {
    for (let to = 0; to < classes; to++) {
      const floor = floors[from * classes + to]!
      if (floor < LEAST_FLOOR || !isOneSided(from, to, FLOOR)) continue
      if (!isOneSided(from, to, PLAINEST) && !isOneSided(from, to, TYPICAL)) continue
      if (floors.some((other, at) => at % classes === to && SHADOW * other > floor)) continue
      const values = sorted[from * classes + to]!
      const [typical, most] = [quantile(values, TYPICAL), quantile(values, 0.75)]
      if (most < NOT_TOLD_APART || most < UNLIKE * typical) found.push({ from, to, typical, most })
    }
  }
  // Pushes into more than one class are natural: classes that shade into several others.
  if (new Set(found.map(({ to }) => to)).size > 1) return []
  const contrary = contraryByPair(consensus, labels)
  const isEnough = outOfFold.rows >= ENOUGH_RECORDS
  return found.filter(({ from, to, typical }) => {
    const at = from * classes + to
    const struck = given[at]!.filter((share) => share <= floors[at]!).length
    if (struck < BORNE_OUT * typical * FLOOR * sorted[at]!.length) return false
    const [forth, back] = [contrary[at]!, contrary[to * classes + from]!]
    // A small class that was given another's records concedes much to that other, and lost nothing to it. Classes that shade off into one
    // another are mistaken both ways, and which way more often is chance.
    const isOneWay = (errors: number) => forth - back >= errors * Math.sqrt(forth + back)
    if (isEnough) return isOneWay(ONE_WAY)
    const leads = forth - back >= RUNNER_UP * runnerUp(contrary, classes, from, to) + STRAY
    return forth >= Math.max(FEWEST_PUSHED, BORNE_OUT * conceded[at]!) && isOneWay(CAUTION) && leads
  })
}

/** The most by which labels of another class go into `to` more often than back; at least 0. */
function runnerUp(contrary: Int32Array, classes: number, from: number, to: number): number {
  let most = 0
  for (let c = 0; c < classes; c++) {
    if (c !== from) most = Math.max(most, contrary[c * classes + to]! - contrary[to * classes + c]!)
  }
  return most
}

interface PairShares {
  /**
   * For each pair a → b: the shares q/(p + q) of the records on which a leads (p > .3 and above all but b), ascending.
   */
  readonly sorted: Float64Array[]
  /** Those of these shares whose records are labelled b. */
  readonly given: number[][]
  /** The sum of these shares over the records that are labelled a or b. */
  readonly conceded: Float64Array
}

/** Collects the shares in one pass: only the two likeliest classes of a record can lead. */
function sharesByPair({ rows, cols: classes, data }: Matrix, labels: Grouping): PairShares {
  const conceded = new Float64Array(classes * classes)
  const found = Array.from({ length: classes * classes }, (): number[] => [])
  const given = Array.from({ length: classes * classes }, (): number[] => [])
  for (let i = 0; i < rows; i++) addShares({ found, given, conceded }, data, i * classes, classes, labels.of[i]!)
  return { sorted: found.map((shares) => Float64Array.from(shares).sort()), given, conceded }
}

interface Shares {
  readonly found: number[][]
  readonly given: number[][]
  readonly conceded: Float64Array
}

/** The shares of one record, whose probabilities are the `classes` numbers from `from` on. */
function addShares(shares: Shares, data: Float32Array, from: number, classes: number, label: number): void {
  let first = -1
  let second = -1
  let third = -1
  for (let c = 0; c < classes; c++) {
    if (first < 0 || data[from + c]! > data[from + first]!) {
      third = second
      second = first
      first = c
    } else if (second < 0 || data[from + c]! > data[from + second]!) {
      third = second
      second = c
    } else if (third < 0 || data[from + c]! > data[from + third]!) third = c
  }
  if (first < 0) return
  const p = data[from + first]!
  const next = second < 0 ? 0 : data[from + second]!
  const last = third < 0 ? 0 : data[from + third]!
  for (let b = 0; b < classes; b++) {
    if (b === first || p <= Math.max(LEADS, b === second ? last : next)) continue
    addShare(shares, first * classes + b, data[from + b]! / (p + data[from + b]!), label === b, label === first)
  }
  if (second >= 0 && next > Math.max(LEADS, last))
    addShare(shares, second * classes + first, p / (next + p), label === first, label === second)
}

/** A share of the pair a → b. */
function addShare({ found, given, conceded }: Shares, pair: number, share: number, isB: boolean, isA: boolean): void {
  found[pair]!.push(share)
  if (isB) given[pair]!.push(share)
  if (isA || isB) conceded[pair]! += share
}

/** For each pair a → b: how many records are labelled b and look more like a. */
function contraryByPair({ cols: classes, data }: Matrix, labels: Grouping): Int32Array {
  const counts = new Int32Array(classes * classes)
  labels.of.forEach((label, i) => {
    if (label < 0) return
    for (let a = 0; a < classes; a++)
      if (data[i * classes + a]! > data[i * classes + label]!) counts[a * classes + label]!++
  })
  return counts
}

/**
 * The log-odds that a label was pushed: the floor against what is left of the label's expectation without it; −Infinity
 * for labels that no push leads to.
 */
export function pushedOdds({ cols: classes, data }: Matrix, labels: Grouping, pushes: readonly Push[]): Float64Array {
  const odds = new Float64Array(labels.of.length).fill(-Infinity)
  for (const { from, to, typical, most } of pushes) {
    labels.of.forEach((label, i) => {
      if (label !== to) return
      const [p, q] = [data[i * classes + from]!, data[i * classes + to]!]
      const honest = Math.max(q - (p * most) / (1 - most), 0.02 * q)
      odds[i] = Math.max(odds[i]!, Math.log((p * typical) / (1 - typical) + 1e-9) - Math.log(honest))
    })
  }
  return odds
}
