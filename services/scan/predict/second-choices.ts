import type { Matrix } from '../numeric/matrix.ts'

/** The share of the ranks, the last ones, that hard records hardly reach. */
const LOWEST = 1 / 3
/** So many standard errors are added to how many labels were replaced, and one label besides. */
const CAUTION = 2
/** The share of the records that look like another label which are hard and suspected for it, at most. */
const HARD = 0.1
/** Of a pair of labels of which one was replaced by the other, at most this many times as many are mistaken the other way round. */
const ONE_WAY = 1 / 4

/**
 * By record: by how many nats to reduce the log-odds that its label was replaced at random. Such a label is a predictor's
 * last choice as often as its second; a record that is hard by nature bears the second or the third. So the suspects
 * whose labels have the last third of the ranks show how many there are at each rank by chance, and those beyond that
 * number are hard records, as far as the predictor errs often enough (a local false discovery rate by rank: Efron et al.
 * 2001, Empirical Bayes Analysis of a Microarray Experiment).
 *
 * `wrong` is n: the probability that a label was replaced. `expected` is n × K. `asked` are the records that have one of
 * the `used` different labels, two at least.
 */
export function secondChoices(
  wrong: Float64Array,
  expected: Matrix,
  labels: Int32Array,
  asked: Int32Array,
  used: number,
): Float64Array {
  const last = used - 1
  const mistaken = asked.filter((i) => looksLike(expected, i) !== labels[i])
  const oneWay = oneWayPair(wrong, expected, labels, mistaken)
  const suspects = new Float64Array(used)
  const ranks = Int32Array.from(labels, (label, i) => (label < 0 ? last : Math.min(last, rankOf(expected, i, label))))
  for (const i of asked) if (!oneWay(i)) suspects[ranks[i]!]! += wrong[i]!
  const lowest = used - Math.max(1, Math.ceil(LOWEST * last))
  const byChance = sum(suspects.subarray(lowest))
  const due = (byChance + CAUTION * Math.sqrt(byChance) + 1) / (used - lowest)
  const hard = Math.min(1, (HARD * mistaken.length) / Math.max(1, sum(suspects.subarray(0, lowest))))
  const excess = suspects.map((count, rank) =>
    rank < lowest ? Math.log(Math.max(1, (count - Math.sqrt(count)) / (due + (1 - hard) * count))) : 0,
  )
  return Float64Array.from(ranks, (rank, i) => (oneWay(i) ? 0 : excess[rank]!))
}

/**
 * Which records look like one label and bear another where most suspects do, and hardly any the other way round: somebody
 * replaced the one by the other. Hard records are of many labels, or of two that are mistaken for each other.
 */
function oneWayPair(
  wrong: Float64Array,
  expected: Matrix,
  labels: Int32Array,
  mistaken: Int32Array,
): (i: number) => boolean {
  const { cols } = expected
  const pairs = new Float64Array(cols * cols)
  for (const i of mistaken) pairs[looksLike(expected, i) * cols + labels[i]!]! += wrong[i]!
  const most = pairs.indexOf(pairs.reduce((a, b) => Math.max(a, b), 0))
  const [from, to] = [Math.floor(most / cols), most % cols]
  if (2 * pairs[most]! < sum(pairs) || pairs[to * cols + from]! > ONE_WAY * pairs[most]!) return () => false
  return (i) => labels[i] === to && looksLike(expected, i) === from
}

/** The label that is expected most of a record. */
function looksLike({ cols, data }: Matrix, i: number): number {
  let best = i * cols
  for (let at = best + 1; at < (i + 1) * cols; at++) if (data[at]! > data[best]!) best = at
  return best - i * cols
}

/** How many labels are expected more than this one of a record: 0 for the likeliest. Equal ones count half. */
function rankOf({ cols, data }: Matrix, i: number, label: number): number {
  const own = data[i * cols + label]!
  let rank = -0.5
  for (let at = i * cols; at < (i + 1) * cols; at++) rank += data[at]! > own ? 1 : Number(data[at] === own) / 2
  return Math.round(rank)
}

function sum(of: Float64Array): number {
  return of.reduce((all, one) => all + one, 0)
}
