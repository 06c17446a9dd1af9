import type { Brought } from '#core/sidecar.ts'
import type { Grouping } from '../view/samples.ts'

/** What the windows so far say of one contributor. Sums: nothing of it fades. */
export interface Account {
  readonly name: string
  /** Windows that it brought records to, and its records there. */
  readonly windows: number
  readonly records: number
  /** At each of the levels: how many were among the windows' riskiest, and how many would be by its share of the windows. */
  readonly riskiest: readonly number[]
  readonly expected: readonly number[]
  /** At each level, for each of `ODDS`: logarithm of its likelihood ratio against `NATURAL`. */
  readonly logs: readonly (readonly number[])[]
}

/** A contributor that stands out, as a later window is told of it. */
export interface Named {
  readonly name: string
  readonly says: string
  /** Logarithm of its e-value. */
  readonly evidence: number
  /** Estimated share of its records that should not be among the riskiest, and are. */
  readonly share: number
}

/** Shares of a window that count as its riskiest: what is found for sure lies in the first, what is nearly as others in the last. */
const LEVELS = [0.002, 0.01, 0.03] as const
const LEAST_RISKIEST = 2
/** Fewer records of a contributor in a window are not counted, nor are more contributors: those with the most records are. */
const COUNTED = { least: 2, most: 1000 }
/** Contributors that a dataset's memory follows: the first that there were. One who is let go of and taken up again would begin anew. */
const FOLLOWED = 10_000
/** Odds of being among the riskiest, against those of other records, that one contributor has by nature: a worse camera, a harder district. */
const NATURAL = 2
/** Odds that are held against it. */
const ODDS = [3, 4, 8, 16, 32] as const
/** The share of those named, at any time, that may be named wrongly. */
const FALSE_NAMES = 0.05
const LEAST_SHARE = 0.005

/** Who brought how many of a window, and of its riskiest; null where nobody is named, or nothing is ranked. What ties is no ranking. */
export function broughtIn(risk: ArrayLike<number>, contributors: Grouping | null): Brought | null {
  if (contributors === null || contributors.names.length < 2) return null
  const n = risk.length
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => risk[b]! - risk[a]! || a - b)
  const tops = LEVELS.map((level) => {
    let top = Math.max(LEAST_RISKIEST, Math.ceil(level * n))
    while (top > 0 && (top >= n || risk[order[top - 1]!] === risk[order[top]!])) top--
    return top
  })
  if (tops.every((top) => top === 0)) return null
  const hits = contributors.names.map(() => tops.map(() => 0))
  tops.forEach((top, level) => {
    for (const i of order.slice(0, top)) if (contributors.of[i]! >= 0) hits[contributors.of[i]!]![level]!++
  })
  const by = contributors.names
    .map((name, c) => ({ name, records: contributors.counts[c]!, riskiest: hits[c]! }))
    .filter(({ records }) => records >= COUNTED.least)
    .sort((a, b) => b.records - a.records || (a.name < b.name ? -1 : 1))
    .slice(0, COUNTED.most)
  return by.length === 0 ? null : { records: n, riskiest: tops, by }
}

/** The accounts with what one more window says. */
export function entered(accounts: readonly Account[], { records, riskiest: tops, by }: Brought): Account[] {
  const known = new Map(accounts.map((account) => [account.name, account]))
  for (const { name, records: own, riskiest } of by) {
    const before = known.get(name)
    if (before === undefined && known.size >= FOLLOWED) continue
    known.set(name, {
      name,
      windows: (before?.windows ?? 0) + 1,
      records: (before?.records ?? 0) + own,
      riskiest: tops.map((_, level) => (before?.riskiest[level] ?? 0) + (riskiest[level] ?? 0)),
      expected: tops.map((drawn, level) => (before?.expected[level] ?? 0) + (drawn * own) / records),
      logs: tops.map((drawn, level) => {
        const found = ratios(riskiest[level] ?? 0, { all: records, own, drawn })
        return ODDS.map((_, at) => (before?.logs[level]?.[at] ?? 0) + found[at]!)
      }),
    })
  }
  return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * The contributors that bring more of the riskiest than nature explains, the strongest evidence first. Their evidence is an e-process: given how many of a window are
 * its riskiest and how many are theirs, the likelihood ratio of several odds against the largest natural ones, multiplied over the windows and averaged over odds and levels. Of those
 * named at any time at most one in twenty is expected to be named wrongly, however the contributors depend on one another (the e-BH procedure: Wang & Ramdas 2022, False discovery
 * rate control with e-values).
 */
export function namedIn(accounts: readonly Account[]): Named[] {
  const ranked = accounts
    .map((account) => ({ account, evidence: meanOf(account.logs.flat()) }))
    .sort((a, b) => b.evidence - a.evidence || (a.account.name < b.account.name ? -1 : 1))
  let named = 0
  ranked.forEach(({ evidence }, at) => {
    if (evidence >= Math.log(accounts.length / (FALSE_NAMES * (at + 1)))) named = at + 1
  })
  return ranked.slice(0, named).map(({ account, evidence }) => {
    const { name, windows, records, logs } = account
    const level = logs.reduce((best, of, at) => (meanOf(of) > meanOf(logs[best]!) ? at : best), 0)
    const [riskiest, expected] = [account.riskiest[level]!, account.expected[level]!]
    const says = `${name} brought ${riskiest} of the riskiest records of ${windows} windows, where its share of them is ${expected.toFixed(1)}`
    return { name, says, evidence, share: Math.min(0.5, Math.max(LEAST_SHARE, (riskiest - expected) / records)) }
  })
}

interface Draw {
  readonly all: number
  readonly own: number
  readonly drawn: number
}

/** For each of the odds: how much likelier so many hits are under them than under the natural ones (Fisher's noncentral hypergeometric distribution). */
function ratios(hits: number, draw: Draw): number[] {
  const least = Math.max(0, draw.drawn - (draw.all - draw.own))
  const weights: number[] = []
  let log = 0
  for (let k = least; k <= Math.min(draw.drawn, draw.own); k++) {
    weights.push(log)
    log += Math.log(((draw.own - k) * (draw.drawn - k)) / ((k + 1) * (draw.all - draw.own - draw.drawn + k + 1)))
  }
  const total = (odds: number) => {
    const logs = weights.map((weight, at) => weight + at * Math.log(odds))
    const most = Math.max(...logs)
    return most + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - most), 0))
  }
  const natural = total(NATURAL)
  return ODDS.map((odds) => (hits - least) * Math.log(odds / NATURAL) + natural - total(odds))
}

function meanOf(logs: readonly number[]): number {
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length)
}
