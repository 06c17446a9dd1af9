import { ENOUGH_RECORDS } from '../calibrate/enough.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'

/** A class of which a part is being pushed into another. */
export interface Push {
  readonly from: number
  readonly to: number
  /** What the predictor concedes to `to`, of what it gives to either, on the typical and the most doubtful record. */
  readonly typical: number
  readonly most: number
}

/** A floor below this is nothing, and look-alikes concede to one another within this factor, give or take `SLACK`. */
const LEAST_FLOOR = 0.012
const ONE_SIDED = 6
const SLACK = 0.002
/** Next to the strongest push into a label, others this much weaker are its shadow. */
const SHADOW = 0.25
const FEWEST = 20
/** A class leads on a record from this probability on. */
const LEADS = 0.3
/** Conceded so much on a quarter of a class's records, and so many times what is on half, labels are not told apart there: a push concedes alike. */
const NOT_TOLD_APART = 0.4
const UNLIKE = 1.5
/** Where a floor is read, and where else it shows: on the plainest records where classes look alike, on the typical one where they do not. */
const FLOOR = 0.25
const PLAINEST = 0.1
const TYPICAL = 0.5
/** Among more classes no pair has the records that it takes. */
const MOST_CLASSES = 200
/**
 * Labels bear out this share of what is conceded: in small windows of all of it, and in any, on the plainest records, of what is
 * conceded on the typical one. A push has at least so many labels.
 */
const BORNE_OUT = 0.5
const FEWEST_PUSHED = 5
/** Standard errors by which more labels must go one way than back, and in small windows, where predictors saw few records. */
const ONE_WAY = 2.5
const CAUTION = 3.5

/**
 * A class of which part is relabelled leaves a floor: the predictor concedes the new label something on *every* record of
 * the class, plain ones too, while honest ambiguity is a matter of few records. Floors are compared on the lower quartile
 * of the records on which the class leads, and against the reverse pair, for look-alikes concede both ways: few of them on the
 * plainest records and as much as one another on the typical one, so that a quartile between these that is one-sided by itself is
 * the shape of their ambiguity, and no floor. A predictor
 * that saw few records concedes out of ignorance: the records that in fact look like one class and are labelled the other,
 * by the consensus, are then too few to bear it out. In windows of any size they go the way of the push, and
 * they are there on the plainest records too, for who relabels a part of a class strikes these as often as others. Look-alikes that are
 * one-sided by nature, or by what a predictor happened to learn from, have them on doubtful records alone.
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
  // Classes that shade into several others do so by nature.
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
    return forth >= Math.max(FEWEST_PUSHED, BORNE_OUT * conceded[at]!) && isOneWay(CAUTION)
  })
}

interface PairShares {
  /** For each pair a → b the shares q/(p + q) of the records on which a leads (p > .3 and above all but b), ascending. */
  readonly sorted: Float64Array[]
  /** Of these the shares of the records that are labelled b. */
  readonly given: number[][]
  /** What those of these records that are labelled a or b concede to b in all. */
  readonly conceded: Float64Array
}

/** One pass: on a record only the first two classes can lead. */
function sharesByPair({ rows, cols: classes, data }: Matrix, labels: Grouping): PairShares {
  const conceded = new Float64Array(classes * classes)
  const found = Array.from({ length: classes * classes }, (): number[] => [])
  const given = Array.from({ length: classes * classes }, (): number[] => [])
  for (let i = 0; i < rows; i++) {
    const p = (c: number) => (c < 0 ? 0 : data[i * classes + c]!)
    let [first, second, third] = [-1, -1, -1]
    for (let c = 0; c < classes; c++) {
      if (first < 0 || p(c) > p(first)) [first, second, third] = [c, first, second]
      else if (second < 0 || p(c) > p(second)) [second, third] = [c, second]
      else if (third < 0 || p(c) > p(third)) third = c
    }
    const add = (a: number, b: number, rival: number) => {
      if (p(a) <= Math.max(LEADS, p(rival))) return
      const share = p(b) / (p(a) + p(b))
      found[a * classes + b]!.push(share)
      const label = labels.of[i]!
      if (label === b) given[a * classes + b]!.push(share)
      if (label === a || label === b) conceded[a * classes + b]! += share
    }
    for (let b = 0; b < classes; b++) if (b !== first) add(first, b, b === second ? third : second)
    if (second >= 0) add(second, first, third)
  }
  return { sorted: found.map((shares) => Float64Array.from(shares).sort()), given, conceded }
}

/** For each pair a → b how many records are labelled b and look more like a. */
function contraryByPair({ cols: classes, data }: Matrix, labels: Grouping): Int32Array {
  const counts = new Int32Array(classes * classes)
  labels.of.forEach((label, i) => {
    if (label < 0) return
    for (let a = 0; a < classes; a++)
      if (data[i * classes + a]! > data[i * classes + label]!) counts[a * classes + label]!++
  })
  return counts
}

/** What is left of a label's expectation once the floor is taken off, against the floor. */
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
