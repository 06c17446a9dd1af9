import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'
import type { Push } from './label-pushes.ts'

/**
 * A label is surely contradicted where the predictor gives it less than this share of what it gives to it and the
 * likeliest class.
 */
const CONTRADICTED = 0.1
/** The fewest labels of a window for which the other pairs are a null. */
const FEWEST_LABELS = 5
/**
 * By how much natural confusion may lead among the pairs: this many times the runner-up, and this many records more.
 */
const RUNNER_UP = 2
const STRAY = 3
/** The least evidence, in nats. */
const LEAST_EVIDENCE = 6
/** The fewest records of its own from which a pushed class's floors are taken. */
const FEWEST = 20

/**
 * Finds a class that is pushed into another, by the one pair that leads all others: the excess of records that are
 * labelled b and look like nothing but a over those the other way round. Natural confusion goes one way too, but then
 * in several pairs (shirts and coats); the runner-up is the null. At most one push, with the floors of `outOfFold`,
 * which concedes the new label something on every record of the class.
 */
export function leadingPush(outOfFold: Matrix, consensus: Matrix, labels: Grouping): Push[] {
  const classes = consensus.cols
  if (labels.counts.filter((count) => count > 0).length < FEWEST_LABELS) return []
  const counts = surelyContradicted(consensus, labels)
  const back = (at: number) => counts[(at % classes) * classes + Math.floor(at / classes)]!
  const excess = Array.from(counts, (count, at) => count - back(at))
  const order = [...excess.keys()].sort((a, b) => excess[b]! - excess[a]! || a - b)
  const [first, second] = [order[0]!, order[1]!]
  const due = RUNNER_UP * Math.max(0, excess[second]!) + STRAY
  const [from, to] = [Math.floor(first / classes), first % classes]
  // Of two that look alike more of the rarer are taken for the other than back, by as much as the other is larger. Of the
  // runner-up all are counted: what nature does in one pair it may do in another.
  const larger = Math.max(1, labels.counts[from]! / Math.max(1, labels.counts[to]!))
  const seen = counts[first]! / larger - back(first)
  if (seen <= due || seen * Math.log(seen / due) - (seen - due) < LEAST_EVIDENCE) return []
  const conceded = concededBy(outOfFold, from, to, labels)
  if (conceded.length < FEWEST) return []
  const quantile = (q: number) => conceded[Math.floor(q * conceded.length)]!
  return [{ from, to, typical: quantile(0.5), most: quantile(0.75) }]
}

/** For each pair a → b: how many records look like a, and hardly like the b that they are labelled. */
function surelyContradicted({ cols: classes, data }: Matrix, labels: Grouping): Int32Array {
  const counts = new Int32Array(classes * classes)
  labels.of.forEach((label, i) => {
    if (label < 0) return
    const row = data.subarray(i * classes, (i + 1) * classes)
    const likely = row.indexOf(Math.max(...row))
    if (row[label]! < CONTRADICTED * (row[likely]! + row[label]!)) counts[likely * classes + label]!++
  })
  return counts
}

/** The conceded shares q ÷ (p + q) of the records that look like `from` and bear that label, ascending. */
function concededBy({ cols: classes, data }: Matrix, from: number, to: number, labels: Grouping): Float64Array {
  const shares: number[] = []
  labels.of.forEach((label, i) => {
    const [p, q] = [data[i * classes + from]!, data[i * classes + to]!]
    if (label === from && p > q) shares.push(q / (p + q))
  })
  return Float64Array.from(shares).sort()
}
