import type { Brought } from '#core/sidecar.ts'
import type { Grouping } from '../view/samples.ts'

/** One contributor's record over the windows so far. All numbers are sums; none fades. */
export interface Account {
  readonly name: string
  /** How many windows it brought records to, and how many records. */
  readonly windows: number
  readonly records: number
  /**
   * By level: how many of its records were among the windows' riskiest, and how many are expected by its share of the
   * windows.
   */
  readonly riskiest: readonly number[]
  readonly expected: readonly number[]
  /** By level and entry of `ODDS`: ln of the likelihood ratio of these odds against `NATURAL`. */
  readonly logs: readonly (readonly number[])[]
}

/** A contributor that stands out, as later windows use it. */
export interface Named {
  readonly name: string
  readonly says: string
  /** ln of its e-value. */
  readonly evidence: number
  /** The estimated share of its records that are among the riskiest beyond its natural share. */
  readonly share: number
}

/**
 * Shares of a window that count as its riskiest: the first catches poison that is found for sure, the last poison that
 * is almost like other records. LEAST_RISKIEST is the fewest records of a level.
 */
const LEVELS = [0.002, 0.01, 0.03] as const
const LEAST_RISKIEST = 2
/**
 * The fewest records with which a contributor is counted in a window, and the most contributors of a window, those with
 * most records.
 */
const COUNTED = { least: 2, most: 1000 }
/**
 * The most contributors that a dataset's memory follows, the earliest ones. One that was dropped and added again would
 * begin anew.
 */
const FOLLOWED = 10_000
/**
 * The largest odds ratio of being among the riskiest that a contributor has by nature, for a worse camera or a harder
 * district.
 */
const NATURAL = 2
/** The odds ratios that are tested against it. */
const ODDS = [3, 4, 8, 16, 32] as const
/** The expected share of named contributors, at any time, that are named wrongly. */
const FALSE_NAMES = 0.05
const LEAST_SHARE = 0.005

/**
 * How many records each contributor brought to a window, and to its riskiest; null where no contributors are named, or
 * nothing is ranked. A level ends above a tie, which ranks nothing.
 */
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

/** The accounts with one more window. */
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
 * The contributors that bring more of the riskiest than nature explains, the strongest evidence first. The evidence is
 * an e-process: in each window, given the number of its riskiest records and of the contributor's, the likelihood ratio
 * of several odds against the largest natural ones; multiplied over windows, averaged over odds and levels. At any time
 * at most one in twenty of those named is expected to be named wrongly, however the contributors depend on one another
 * (the e-BH procedure: Wang & Ramdas 2022, False discovery rate control with e-values).
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

/**
 * For each of the odds: ln of how much likelier this number of hits is under them than under the natural ones (Fisher's
 * noncentral hypergeometric distribution).
 */
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
