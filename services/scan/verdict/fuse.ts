import type { Family } from '#core/score.ts'
import type { Channel } from '../calibrate/channel.ts'
import { logAddExp } from '../calibrate/isotonic.ts'
import type { Group } from '../detector.ts'

/** One family's log-odds that each record is poison, and for each record the channel with the highest. */
export interface FamilyVerdict {
  readonly family: Family
  readonly logOdds: Float64Array
  /** Index into `channels`. */
  readonly loudest: Int32Array
  readonly channels: readonly Channel[]
}

/** The log-odds of a record that nothing speaks against. */
export const SILENT = -14
/**
 * Prior log-odds against a campaign, beyond what detectors correct for themselves. Natural features come nearest to
 * triggers, so a trigger needs more evidence.
 */
const AGAINST_TRIGGER = 5
const AGAINST_OTHERS = 3
/** The highest log-odds of a record that an absolute channel scores but puts in no group. */
const UNGROUPED_CEILING = -1

/**
 * Log-odds that a record is a member of any of an absolute channel's groups: a group is real with the odds of its
 * evidence, and the record belongs to it with its posterior.
 */
export function absoluteOdds({ scores, groups }: Channel['detection'], family: Family): Float64Array {
  const prior = priorAgainst(family)
  // Copies are seldom scored where nobody copied.
  const ungrouped = family === 'flood' ? prior : 2 * prior
  const odds = scores.map((score) => (score > 0 ? Math.min(UNGROUPED_CEILING, score - ungrouped) : SILENT))
  raise(odds, groups, scores, prior)
  return odds
}

/** The prior against a campaign of the family, in nats. */
export function priorAgainst(family: Family): number {
  return family === 'trigger' ? AGAINST_TRIGGER : AGAINST_OTHERS
}

/** Raises log-odds to those of membership in any of the groups, where these are higher. */
function raise(odds: Float64Array, groups: readonly Group[], scores: Float64Array, prior: number): void {
  for (const { members, posterior, evidence } of groups) {
    members.forEach((i, at) => {
      const q = posterior[at]!
      const against = logAddExp(prior - evidence, Math.log1p(-Math.min(q, 1 - 1e-12)) - Math.log(q + 1e-12))
      // Members beyond doubt are still ranked by their own scores.
      odds[i] = Math.max(odds[i]!, -against + 1e-3 * Math.log1p(Math.max(0, scores[i]!)))
    })
  }
}

/**
 * One verdict per family: the highest log-odds of its channels, where a relative channel pays ln of the relative
 * channels that there were to choose from. Groups are already corrected for what was tried, and count from every
 * channel; other log-odds of a supporting channel do not count.
 */
export function byFamily(channels: readonly Channel[], n: number): FamilyVerdict[] {
  const families = new Map<Family, Channel[]>()
  for (const channel of channels) {
    if (channel.tags.role === 'supporting' && channel.extremes.length === 0) continue
    const of = families.get(channel.info.family)
    if (of === undefined) families.set(channel.info.family, [channel])
    else of.push(channel)
  }
  return [...families].map(([family, of]) => {
    const logOdds = new Float64Array(n).fill(-Infinity)
    const loudest = new Int32Array(n)
    const relative = of.filter(({ tags, detection }) => tags.role === 'carrier' && detection.scale === 'relative')
    const choice = Math.log(Math.max(1, relative.length))
    of.forEach((channel, index) => {
      const paid = heard(channel, choice)
      for (let i = 0; i < n; i++) {
        if (paid[i]! <= logOdds[i]!) continue
        logOdds[i] = paid[i]!
        loudest[i] = index
      }
    })
    return { family, logOdds: logOdds.map((l) => Math.max(l, SILENT)), loudest, channels: of }
  })
}

function heard({ info, tags, detection, logOdds, extremes }: Channel, choice: number): Float64Array {
  const odds =
    tags.role === 'supporting'
      ? new Float64Array(logOdds.length).fill(SILENT)
      : logOdds.map((l) => (detection.scale === 'relative' ? l - choice : l))
  raise(odds, extremes, detection.scores, priorAgainst(info.family))
  return odds
}

/**
 * The risk of each record, 0…1: the probability by its strongest family. Families are never averaged, so that what one
 * finds is not diluted by what others cannot see. Log-odds above 6 are compressed, so that risk still ranks records
 * there. A record that no family suspects has the risk of its place, if there are log-odds for that.
 */
export function fuse(verdicts: readonly FamilyVerdict[], n: number, byPlace: Float64Array | null = null): Float64Array {
  const risk = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let [first, rest] = [Math.max(SILENT, byPlace?.[i] ?? SILENT), 0]
    for (const { logOdds } of verdicts) {
      rest += Math.exp(Math.min(0, logOdds[i]!))
      if (logOdds[i]! > first) first = logOdds[i]!
    }
    // The other families only break ties of the strongest.
    risk[i] = probability(drawnTogether(first) + 1e-6 * rest)
  }
  return risk
}

export function probability(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}

function drawnTogether(logOdds: number): number {
  return logOdds <= 6 ? logOdds : 6 + Math.log1p(logOdds - 6)
}
