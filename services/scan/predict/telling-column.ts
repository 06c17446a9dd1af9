import { gatherRows, type Matrix, matrix } from '../numeric/matrix.ts'
import { exactCodes, presentCodes } from '../features/column-codes.ts'
import { type Grouping, RARE_LEVEL, type TableColumn } from '../view/samples.ts'
import type { Teller } from '../view/window-view.ts'
import { classPrior } from './neighbour-vote.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import { forgivingLoss } from './probabilities.ts'

type Coded = Pick<Extract<TableColumn, { type: 'category' }>, 'codes' | 'levels'>

/** A column determines labels where its values leave at most this share of the class prior's loss. */
const TELLS = 0.6
/** Weights of the class prior, in records, beside the records of a value; the one that explains best is taken. */
const DOUBTS = [0.1, 0.3, 1, 3, 10]
/** Exponents of the two predictors' probabilities; those that explain best are taken. */
const BELIEFS = [0, 0.25, 0.5, 0.75, 1]
/**
 * A column of numbers is one of values (the number of a subject) where its repeated values have at least this many
 * records on average, and at least REPEATED of all records with a number.
 */
const RECORDS_EACH = 5
const REPEATED = 0.9
const FLOOR = 1e-4

/**
 * n × K: the other predictors' expected labels combined with those of the records that share the record's value, where
 * one column of values determines the labels (a bird's species determines its size). Predictors that see all columns
 * smooth rare values away: two turkey vultures look like what else was struck on that day. Returns `expected` itself
 * where no column adds to it. For judging labels, not for lift: the holders of a planted value predict its
 * label. Lift leaves these out (`toldWithout`).
 */
export function toldByColumn(expected: Matrix, teller: Teller | null, labels: Grouping): Matrix {
  if (teller === null) return expected
  const [theirs, its] = [logsOf(expected), logsOf(teller.told)]
  let best = { probabilities: expected, loss: forgivingLoss(theirs, labels.of, 1) }
  for (const ofThem of BELIEFS) {
    for (const ofIt of BELIEFS.slice(1)) {
      const both = matrix(
        theirs.rows,
        theirs.cols,
        theirs.data.map((log, at) => ofThem * log + ofIt * its.data[at]!),
      )
      const loss = forgivingLoss(both, labels.of, 1)
      if (loss < best.loss) best = { probabilities: softmaxRows(both), loss }
    }
  }
  return best.probabilities
}

/** The column of values that explains labels best; null where none determines them. */
export function tellingColumn(columns: readonly TableColumn[], labels: Grouping): Teller | null {
  const prior = classPrior(labels)
  const without = matrix(labels.of.length, prior.length)
  for (let i = 0; i < without.rows; i++) without.data.set(prior, i * without.cols)
  let best: { readonly column: string; readonly alike: Alike; readonly told: Matrix; readonly doubt: number } | null =
    null
  let least = TELLS * forgivingLoss(logsOf(without), labels.of, 1)
  for (const column of columns) {
    const coded = codedValues(column)
    if (coded === null) continue
    const alike = alikeIn(coded, labels)
    for (const doubt of DOUBTS) {
      const told = byOtherHolders(alike, prior, doubt)
      const loss = forgivingLoss(logsOf(told), alike.labels, 1, alike.sizes)
      if (loss < least) [best, least] = [{ column: column.name, alike, told, doubt }, loss]
    }
  }
  if (best === null) return null
  const { column, alike, told, doubt } = best
  return { column, values: alike.values, silent: alike.silent, doubt, prior, told: gatherRows(told, alike.of) }
}

/** The codes of a column of values; null for numbers that are a range. */
function codedValues(column: TableColumn): Coded | null {
  if (column.type === 'category') return column
  const coded = exactCodes(column, 2)
  const codes = presentCodes(coded)
  const repeated = codes.reduce((sum, code) => sum + Number(code >= 0), 0)
  const present = column.values.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0)
  const values = coded.space - Number(coded.missing >= 0)
  if (values === 0 || repeated < REPEATED * present || values * RECORDS_EACH > present) return null
  return { codes, levels: Array.from({ length: values }, (_, code) => String(code)) }
}

/** Groups of records with one value and one label: the other holders predict the same for each. */
interface Alike {
  /** By record: its group. */
  readonly of: Int32Array
  /** By record: the code of its value; `silent` where no holder is asked. */
  readonly values: Int32Array
  readonly silent: number
  readonly labels: Int32Array
  readonly sizes: Int32Array
  /** Groups × K: the value's records by label, the record itself among them; zeros where no holder is asked. */
  readonly counts: Matrix
}

/** Groups records; no holder is asked where the value is missing, or shares its level with others. */
function alikeIn({ codes, levels }: Coded, labels: Grouping): Alike {
  const [n, classes] = [labels.of.length, labels.names.length]
  const silent = levels.length
  const valueOf = Int32Array.from(codes, (code) => (code < 0 || levels[code] === RARE_LEVEL ? silent : code))
  const counts = new Float64Array((levels.length + 1) * classes)
  const places = new Int32Array((levels.length + 1) * (classes + 1)).fill(-1)
  const of = new Int32Array(n)
  const [firsts, sizes]: [number[], number[]] = [[], []]
  for (let i = 0; i < n; i++) {
    const [value, label] = [valueOf[i]!, labels.of[i]!]
    if (label >= 0 && value !== silent) counts[value * classes + label]!++
    const key = value * (classes + 1) + label + 1
    if (places[key]! < 0) {
      places[key] = firsts.push(i) - 1
      sizes.push(0)
    }
    of[i] = places[key]!
    sizes[of[i]!]!++
  }
  const own = matrix(firsts.length, classes)
  firsts.forEach((i, at) => {
    const from = valueOf[i]! * classes
    own.data.set(counts.subarray(from, from + classes), at * classes)
  })
  const labelsOf = Int32Array.from(firsts, (i) => labels.of[i]!)
  return { of, values: valueOf, silent, labels: labelsOf, sizes: Int32Array.from(sizes), counts: own }
}

/** A row per group: the labels of the value's other records, with `doubt` records' worth of the class prior. */
function byOtherHolders({ labels, counts }: Alike, prior: Float64Array, doubt: number): Matrix {
  const classes = prior.length
  const out = matrix(counts.rows, classes)
  for (let at = 0; at < counts.rows; at++) {
    const others = (c: number) => Math.max(0, counts.data[at * classes + c]! - Number(c === labels[at]))
    let total = doubt
    for (let c = 0; c < classes; c++) total += others(c)
    for (let c = 0; c < classes; c++) out.data[at * classes + c] = (others(c) + doubt * prior[c]!) / total
  }
  return out
}

function logsOf({ rows, cols, data }: Matrix): Matrix {
  return matrix(
    rows,
    cols,
    data.map((p) => Math.log(p + FLOOR)),
  )
}
