import { type Matrix, matrix } from '../numeric/matrix.ts'
import { type Grouping, RARE_LEVEL, type Samples, type TableColumn } from '../view/samples.ts'
import { classPrior } from './neighbour-vote.ts'
import { forgivingLoss, softmaxRows } from './probabilities.ts'

type Category = Extract<TableColumn, { type: 'category' }>

/** A column tells labels where its values leave at most this share of the class prior's loss. */
const TELLS = 0.6
/** Records' worth of class prior beside those that hold the value: the one that explains best is taken. */
const DOUBTS = [0.1, 0.3, 1, 3, 10]
/** How far either is believed, of what it says: the shares that explain best are taken. */
const BELIEFS = [0, 0.25, 0.5, 0.75, 1]
const FLOOR = 1e-4

/**
 * What other predictors expect of each label, n × K, and what the others that hold the record's own value say of it, where one
 * category column tells the labels (a bird's species tells its size). Predictors that see all columns smooth rare values
 * away: two turkey vultures look like what else was struck on that day. `expected` itself where no column adds to it.
 * For judging labels, not for lift: who asks the holders of a planted value expects its label.
 */
export function toldByColumn(expected: Matrix, samples: Samples, labels: Grouping): Matrix {
  const told = samples.kind === 'table' ? tellingColumn(samples, labels) : null
  if (told === null) return expected
  const [theirs, its] = [logsOf(expected), logsOf(told)]
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

/** The label by the value's other holders, n × K, from the category column that explains labels best; null where none tells them. */
function tellingColumn({ columns }: Extract<Samples, { kind: 'table' }>, labels: Grouping): Matrix | null {
  const prior = classPrior(labels)
  const loss = (of: Matrix) => forgivingLoss(logsOf(of), labels.of, 1)
  const without = matrix(labels.of.length, prior.length)
  for (let i = 0; i < without.rows; i++) without.data.set(prior, i * without.cols)
  let best: { readonly told: Matrix | null; readonly loss: number } = { told: null, loss: TELLS * loss(without) }
  for (const column of columns) {
    if (column.type !== 'category') continue
    for (const doubt of DOUBTS) {
      const told = byOtherHolders(column, labels, prior, doubt)
      const left = loss(told)
      if (left < best.loss) best = { told, loss: left }
    }
  }
  return best.told
}

/**
 * n × K: labels of the other records of the same value, with `doubt` records' worth of the class prior beside them; the prior
 * alone where the value is missing, or shares its level with others.
 */
function byOtherHolders({ codes, levels }: Category, labels: Grouping, prior: Float64Array, doubt: number): Matrix {
  const classes = prior.length
  const counts = new Float64Array(levels.length * classes)
  const silent = (i: number) => codes[i]! < 0 || levels[codes[i]!] === RARE_LEVEL
  labels.of.forEach((label, i) => {
    if (label >= 0 && !silent(i)) counts[codes[i]! * classes + label]! += 1
  })
  const out = matrix(labels.of.length, classes)
  labels.of.forEach((label, i) => {
    const others = (c: number) => (silent(i) ? 0 : counts[codes[i]! * classes + c]! - Number(c === label))
    let total = doubt
    for (let c = 0; c < classes; c++) total += others(c)
    for (let c = 0; c < classes; c++) out.data[i * classes + c] = (others(c) + doubt * prior[c]!) / total
  })
  return out
}

function logsOf({ rows, cols, data }: Matrix): Matrix {
  return matrix(
    rows,
    cols,
    data.map((p) => Math.log(p + FLOOR)),
  )
}
