import { surpriseOdds } from './absolute.ts'
import type { Channel } from './channel.ts'
import { standAlone } from './company.ts'
import { historyKey, type CleanHistory } from './history.ts'

/** From these log-odds on a row is ranked for more than its place: more rows than expected lie as far out. */
const IN_EXCESS = -3

/**
 * Channels of rows in which a tail that is read without history is only ranked by place, where its far rows have company: noise lies far
 * from its nearest fellows, and a kind that nobody named does not (see `standAlone`). What is held by it stays. Null where no
 * tail is longer than expected, or one that is stands alone.
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
  if (far.length === 0 || far.some((beyond) => standAlone(beyond, fellows))) return null
  return channels.map((channel) => (isTail(channel) ? { ...channel, logOdds: byPlaceAlone(channel) } : channel))
}

function byPlaceAlone({ logOdds, detection }: Channel): Float64Array {
  const ranked = surpriseOdds(detection.scores)
  return logOdds.map((l, i) => (l >= 0 ? l : Math.min(l, ranked[i]!)))
}
