import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping, TableColumn } from '../view/samples.ts'

/** The share of the records that look like a class which are plain: those on which the predictor is surest. */
const PLAIN = 0.5
/** At most this share of naturally contradicted records are plain; CAUTION standard errors are allowed for. */
const NATURAL = 0.15
const CAUTION = 1.5
/**
 * The plainer half of plain records has half of those that are struck at random; this many standard errors are allowed
 * for.
 */
const EVENLY = 2
/**
 * On a class's plainest records, this part of its plain ones, a predictor concedes what it was taught of wrong labels.
 * What it concedes beyond that on the others is honest doubt, to which at most HONEST of the contradicted may be due.
 */
const PLAINEST = 0.2
const HONEST = 0.4
/**
 * Where a larger share of plain records is contradicted, or a label has on contradicted plain records more than
 * OF_SHARE of its share of all records, the predictor does not know which records are plain.
 */
const MOST = 0.07
const OF_SHARE = 1 / 4
/**
 * Up to MOST_EVENLY may be contradicted where plain records are EVENLY_STRUCK as often as all, at least, and as many look
 * like each label as RECOGNISED of those that bear it: what predictors do not know is contradicted on doubtful records, or
 * is a label that they hardly expect.
 */
const MOST_EVENLY = 0.22
const EVENLY_STRUCK = 0.7
const RECOGNISED = 1 / 4
/**
 * A column of at most this many values that is contradicted at most AS_OFTEN times as often as all columns together
 * decides the labels by itself: records that it does not fit are exceptions to it.
 */
const FEW_VALUES = 20
const AS_OFTEN = 2
/** The least share that is left of an expected label. */
const LEFT = 0.02

/** Labels replaced at random, as seen on plain records. */
export interface TaughtNoise {
  /** The share of plain records whose label is another. */
  readonly rate: number
  /** For each pair a → b: the share of a's plain records that are labelled b, plus a standard error. */
  readonly borne: Float64Array
}

/**
 * The labels replaced at random, estimated on plain records: honest ambiguity is a matter of doubtful records, while
 * whoever replaces labels at random strikes plain ones as often, and the plainest. Null where plain records bear the
 * labels that they look like, where few of the contradicted records are plain or too few among the plainest, where
 * honest doubt explains much of the plain ones, where too many are contradicted to know plain ones, and where one column decides the labels nearly as well as all:
 * what differs from it on plain records does so by nature.
 */
export function taughtNoise(
  probabilities: Matrix,
  labels: Grouping,
  columns: () => readonly TableColumn[],
): TaughtNoise | null {
  const { known, contradicted, plain, struck, due, borne, isAnywhere, isKnown, isRecognised } = onPlainRecords(
    probabilities,
    labels,
  )
  const isOften = surely(struck) > NATURAL * contradicted && due <= HONEST * struck
  const rate = struck / plain
  const isEven =
    isRecognised && rate > MOST && rate <= MOST_EVENLY && rate * known.length >= EVENLY_STRUCK * contradicted
  if (!isOften || !isAnywhere || !(isKnown || isEven)) return null
  // So many replaced labels contradict a column, too, and are no exceptions to it.
  const replaced = isEven ? rate * known.length : 0
  const exceptions = replaced + AS_OFTEN * Math.max(0, contradicted - replaced)
  return columns().some((column) => contradictedBy(column, labels, known) <= exceptions) ? null : { rate, borne }
}

/**
 * The share of labels that are replaced at random, at least: the share of plain records whose label is another, less
 * CAUTION standard errors. 0 where these are not among the plainest records too, or where the predictor does not know
 * which records are plain.
 */
export function leastNoise(probabilities: Matrix, labels: Grouping): number {
  const { plain, struck, isAnywhere, isKnown } = onPlainRecords(probabilities, labels)
  return isAnywhere && isKnown ? Math.max(0, surely(struck)) / Math.max(1, plain) : 0
}

/** A count less CAUTION standard errors. */
const surely = (count: number): number => count - CAUTION * Math.sqrt(count)

/** What the plain records of each class are labelled. */
function onPlainRecords({ cols: classes, data }: Matrix, labels: Grouping) {
  const known = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0)
  const looks = Array.from({ length: classes }, (): { readonly i: number; readonly p: number }[] => [])
  let contradicted = 0
  for (const i of known) {
    const first = likeliest(data, classes, i)
    looks[first]!.push({ i, p: data[i * classes + first]! })
    contradicted += Number(first !== labels.of[i])
  }
  const borne = new Float64Array(classes * classes)
  const into = new Float64Array(classes)
  let [plain, struck, plainest, due] = [0, 0, 0, 0]
  looks.forEach((records, a) => {
    const some = records.sort((x, y) => y.p - x.p || x.i - y.i).slice(0, Math.ceil(PLAIN * records.length))
    plain += some.length
    due += doubtedHonestly(some)
    for (const [place, { i }] of some.entries()) {
      if (labels.of[i] === a) continue
      plainest += Number(2 * place < some.length)
      borne[a * classes + labels.of[i]!]!++
    }
    const all = new Int32Array(classes)
    for (const { i } of records) all[labels.of[i]!]!++
    for (let b = 0; b < classes; b++) {
      const at = a * classes + b
      const count = asPlain(borne[at]!, all[b]!)
      if (b !== a) struck += count
      if (b !== a) into[b]! += count
      borne[at] = (count + Math.sqrt(count)) / Math.max(1, some.length)
    }
  })
  return {
    known,
    contradicted,
    isRecognised: labels.counts.every((count, label) => looks[label]!.length >= RECOGNISED * count),
    plain,
    struck,
    due,
    borne,
    isAnywhere: 2 * plainest >= struck - EVENLY * Math.sqrt(struck),
    isKnown:
      struck <= MOST * plain &&
      labels.counts.every((count, label) => into[label]! * known.length <= OF_SHARE * plain * count),
  }
}

/**
 * How many of a class's plain records bear a label, of `all` of its records that do. Plain records are contradicted no
 * more often than others. Where far more than half of those that bear it are among them, the predictor gives away the
 * labels: it judges each record by all others, of which one less is wrong where the record's own label is.
 */
function asPlain(count: number, all: number): number {
  const due = PLAIN * all
  return count > due + EVENLY * Math.sqrt(PLAIN * due) ? due : count
}

/**
 * How many of a class's plain records, plainest first, bear another label for an honest reason, by what the predictor
 * concedes on each beyond what it concedes on the plainest. Of labels replaced at random it concedes as much on all.
 */
function doubtedHonestly(records: readonly { readonly p: number }[]): number {
  const conceded = records.map(({ p }) => 1 - p)
  const first = conceded.slice(0, Math.ceil(PLAINEST * conceded.length))
  const taught = first.reduce((sum, share) => sum + share / first.length, 0)
  return conceded.reduce((sum, share) => sum + Math.max(0, share - taught), 0)
}

/**
 * How many records bear another label than most records with their value of a column; all records where the column has
 * many values.
 */
function contradictedBy(column: TableColumn, labels: Grouping, known: Int32Array): number {
  const values = column.type === 'category' ? column.codes : column.values
  const counts = new Map<number, Int32Array>()
  for (const i of known) {
    const of = counts.get(values[i]!) ?? new Int32Array(labels.names.length)
    counts.set(values[i]!, of)
    if (counts.size > FEW_VALUES) return known.length
    of[labels.of[i]!]!++
  }
  let fitting = 0
  for (const of of counts.values()) fitting += of.reduce((most, count) => Math.max(most, count), 0)
  return known.length - fitting
}

/**
 * The predictor's expectations without the noise that it was taught. By that noise it concedes something to other
 * labels on every record, plain ones too. What it concedes on the typical record of a class is removed, but at most the
 * share of the class's plain records that bear that label.
 */
export function untaught(expected: Matrix, { borne }: TaughtNoise): Matrix {
  const { rows, cols: classes, data } = expected
  const shares = Array.from({ length: classes * classes }, (): number[] => [])
  const lead = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const a = (lead[i] = likeliest(data, classes, i))
    for (let b = 0; b < classes; b++) {
      if (borne[a * classes + b]! > 0) shares[a * classes + b]!.push(shareOf(data, i * classes, a, b))
    }
  }
  const taken = shares.map((all, at) => Math.min(borne[at]!, Float64Array.from(all).sort()[all.length >> 1] ?? 0))
  const cleared = data.slice()
  for (let i = 0; i < rows; i++) {
    const [from, a] = [i * classes, lead[i]!]
    for (let b = 0; b < classes; b++) {
      const share = taken[a * classes + b]!
      if (share === 0) continue
      const [p, q] = [data[from + a]!, data[from + b]!]
      const honest = Math.max(q - (p * share) / (1 - share), LEFT * q)
      cleared[from + a]! += q - honest
      cleared[from + b] = honest
    }
  }
  return { rows, cols: classes, data: cleared }
}

/** The log-loss of a perfect predictor where labels are replaced at this rate. */
export function lossOfNoise(rate: number, classes: number): number {
  return -rate * Math.log(rate / (classes - 1)) - (1 - rate) * Math.log1p(-rate)
}

function shareOf(data: Float32Array, from: number, a: number, b: number): number {
  return data[from + b]! / (data[from + a]! + data[from + b]!)
}

function likeliest(data: Float32Array, classes: number, i: number): number {
  let first = 0
  for (let c = 1; c < classes; c++) if (data[i * classes + c]! > data[i * classes + first]!) first = c
  return first
}
