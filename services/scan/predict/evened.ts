import type { Matrix } from '../numeric/matrix.ts'
import { probability } from '../verdict/fuse.ts'
import type { Grouping } from '../view/samples.ts'

/** The share of classes of which a label has as many suspects as a trigger brings of each, or fewer. */
const LOW = 0.4
/** How many standard errors a class may have more suspects than are due. */
const ROOM = 1
/** A class with this many times as many is taken for the label by nature. */
const BY_NATURE = 1.5

/** Labels that may be wrong, and those of them that no trigger that was found explains. */
export interface Suspected {
  readonly wrong: Grouping
  readonly left: Grouping
}

/** Log-odds of wrong labels in which no class is suspected for looking like a label by nature. */
export interface Evened {
  readonly logOdds: Float64Array
  /** n; 1 where a record looks like a class that is taken for its label by nature. Its log-odds rank it and prove nothing. */
  readonly vague: Uint8Array
}

/**
 * Log-odds by which a class has no more suspects under `label` than are due. A trigger brings about as many of each class;
 * a class that is mistaken for the label by nature has more suspects than others, and other records of it were expected to
 * have the label before anybody was suspected (`before`, n × K). So its suspects may be as many as others', or as are left
 * without as many as were so expected. `expected` (n × K) is what records look like. What is wrong and not left counts for
 * its class as one suspect.
 */
export function evened(
  odds: Float64Array,
  label: number,
  { wrong, left }: Suspected,
  expected: Matrix,
  before: Matrix,
): Evened {
  const logOdds = odds.slice()
  const vague = new Uint8Array(odds.length)
  const classes = wrong.names.map(() => ({ members: [] as number[], others: 0 }))
  for (const [i, of] of wrong.of.entries()) {
    if (of !== label) continue
    const looksLike = classes[likeliest(expected, i, label)]!
    if (left.of[i] === label) looksLike.members.push(i)
    else looksLike.others++
  }
  const sums = classes.map(({ members, others }) => members.reduce((sum, i) => sum + probability(odds[i]!), others))
  const taken = takenFor(label, before, wrong)
  const [share, takenShare] = [lowShare(sums, wrong.counts, label), lowShare(taken, wrong.counts, label)]
  for (const [from, { members, others }] of classes.entries()) {
    const [sum, count] = [sums[from]!, wrong.counts[from]!]
    const byNature = Math.max(0, taken[from]! - takenShare * count)
    const due = Math.max(1, share * count, sum - byNature)
    const most = due + ROOM * Math.sqrt(due)
    if (sum <= most) continue
    const less = shiftTo(Math.max(1, due - others), members, odds)
    for (const i of members) {
      logOdds[i] = odds[i]! + less
      vague[i] = Number(sum > BY_NATURE * most)
    }
  }
  return { logOdds, vague }
}

/** By class: the sum of the probabilities that its records have `label`. */
function takenFor(label: number, { cols, data }: Matrix, { of, names }: Grouping): Float64Array {
  const sums = new Float64Array(names.length)
  for (const [i, own] of of.entries()) if (own >= 0) sums[own]! += data[i * cols + label]!
  return sums
}

/** A sum per record of a class, as it is of classes that have little; rare ones and `label` are not asked. */
function lowShare(sums: ArrayLike<number>, counts: Int32Array, label: number): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.filter((count) => count > 0).length
  const asked = Array.from(counts.keys()).filter((at) => at !== label && counts[at]! >= mean / 2)
  const shares = asked.map((at) => sums[at]! / counts[at]!).sort((a, b) => a - b)
  return shares[Math.floor(LOW * shares.length)] ?? 0
}

/** What is to be added to the members' log-odds so that their probabilities come to `due`; at most 0. */
function shiftTo(due: number, members: readonly number[], odds: Float64Array): number {
  let [low, high] = [-60, 0]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    let sum = 0
    for (const i of members) sum += probability(odds[i]! + middle)
    if (sum > due) high = middle
    else low = middle
  }
  return low
}

function likeliest({ cols, data }: Matrix, i: number, but: number): number {
  let best = but === 0 ? 1 : 0
  for (let c = 0; c < cols; c++) if (c !== but && data[i * cols + c]! > data[i * cols + best]!) best = c
  return best
}
