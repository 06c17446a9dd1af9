import type { WindowView } from '../view/window-view.ts'
import { MISREAD } from './absolute.ts'
import { bumpOdds } from './bump.ts'
import type { Channel } from './channel.ts'
import { standAlone } from './company.ts'
import { areInGroups, areOfOneKind } from './of-one-kind.ts'
import { gapOdds } from './gap.ts'
import { historyKey, type CleanHistory } from './history.ts'

/** How far above the median a cluster of rows without company lies at least, in the unit of FAR. */
const NEAR = 1.5
/**
 * Suspects have no company where this share of them is among AMONG times as many records, those farthest from their
 * neighbours.
 */
const MOST = 0.9
const AMONG = 2
/** Beyond a gap that nothing in the tail explains, half of them are enough. */
const MOST_BEYOND_A_GAP = 0.5
/** How much of the odds without a cluster ranks its members. */
const RANKED = 0.01

/**
 * Adds to the tails of rows that are read without history the clusters that lie within reach of the tail, and, in tables, what lies beyond a gap
 * in it. Distances thin out by nature. Where they come more often again farther out, or none comes for a long way, that
 * has a cause of its own: a kind that no label names, whose rows are near one another or share values, or noise, whose
 * rows are the farthest from their nearest neighbours as well.
 */
export function withNearBumps(
  channels: readonly Channel[],
  { samples, labels }: Pick<WindowView, 'samples' | 'labels'>,
  history: CleanHistory,
): readonly Channel[] {
  const fellows = channels.find(({ tags }) => tags.farOutIn === 'neighbours')?.detection.scores
  if (fellows === undefined) return channels
  const columns = samples.kind === 'table' ? samples.columns : []
  const areNoise = (odds: Float64Array, scores: Float64Array, most: number) =>
    !areOfOneKind(odds, columns, { labels, scores }) &&
    !areInGroups(odds, columns) &&
    standAlone(odds, fellows, AMONG, most)
  return channels.map((channel) => {
    const { info, tags, detection, logOdds } = channel
    if (tags.calibration !== 'light-tailed' || history.channels[historyKey(info)] !== undefined) return channel
    const { scores, holding } = detection
    const distances = holding ?? scores
    const bumps = bumpOdds(distances, NEAR).map((l) => l - Math.log(MISREAD))
    const found = [
      ...(areNoise(bumps, distances, MOST) ? [bumps] : []),
      ...(holding === undefined ? [] : [gapOdds(holding)]).filter((odds) =>
        areNoise(odds, distances, MOST_BEYOND_A_GAP),
      ),
    ]
    const most = (i: number) => found.reduce((best, odds) => Math.max(best, odds[i]!), -Infinity)
    return { ...channel, logOdds: logOdds.map((l, i) => (most(i) < 0 ? l : Math.max(l, most(i) + RANKED * l))) }
  })
}
