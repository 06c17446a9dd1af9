import { surpriseOdds } from './absolute.ts'
import type { Channel } from './channel.ts'
import { standAlone } from './company.ts'
import { historyKey, type CleanHistory } from './history.ts'

/** From these log-odds on a row ranks by more than its place: more rows than expected lie as far out. */
const IN_EXCESS = -3

/** Noise may be few of the rows in excess: all of them, their farther half, and their farthest quarter are asked. */
const PARTS = [1, 2, 4]
/** Fewer rows say nothing of their company. */
const FEWEST = 5

/**
 * The channels of rows with every tail that is read without history reduced to a ranking by place, because its far rows
 * have company: noise lies far from its nearest neighbours, and a kind that no label names does not (see `standAlone`).
 * Rows that a tail holds stay held. Null where no tail is longer than expected, or where the far rows of one stand
 * alone.
 */
export function withoutNaturalTails(channels: readonly Channel[], history: CleanHistory): readonly Channel[] | null {
  const fellows = channels.find(({ tags }) => tags.farOutIn === 'neighbours')?.detection.scores
  if (fellows === undefined) return null
  const isTail = ({ info, tags }: Channel) =>
    tags.calibration === 'light-tailed' && history.channels[historyKey(info)] === undefined
  const far = channels
    .filter(isTail)
    .map(({ logOdds }) => logOdds.map((l) => l - IN_EXCESS))
    .filter((beyond) => beyond.some((l) => l >= 0))
  const isNatural = (beyond: Float64Array) => PARTS.every((part) => !standAlone(farthest(beyond, part), fellows))
  if (far.length === 0 || !far.every(isNatural)) return null
  return channels.map((channel) => (isTail(channel) ? { ...channel, logOdds: byPlaceAlone(channel) } : channel))
}

function byPlaceAlone({ logOdds, detection }: Channel): Float64Array {
  const ranked = surpriseOdds(detection.scores)
  return logOdds.map((l, i) => (l >= 0 ? l : Math.min(l, ranked[i]!)))
}

/** The same log-odds, with the farthest 1/part of those of 0 and more left above 0; all of them where these are too few. */
function farthest(beyond: Float64Array, part: number): Float64Array {
  const positive = beyond.filter((l) => l >= 0).sort()
  const kept = Math.floor(positive.length / part)
  if (part === 1 || kept < FEWEST) return beyond
  const bar = positive[positive.length - kept]!
  return beyond.map((l) => l - bar)
}
