import { surpriseOdds } from './absolute.ts'
import type { Channel } from './channel.ts'
import { standAlone } from './company.ts'
import { historyKey, type CleanHistory } from './history.ts'

/** From these log-odds on a row ranks by more than its place: more rows than expected lie as far out. */
const IN_EXCESS = -3

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
  if (far.length === 0 || far.some((beyond) => standAlone(beyond, fellows))) return null
  return channels.map((channel) => (isTail(channel) ? { ...channel, logOdds: byPlaceAlone(channel) } : channel))
}

function byPlaceAlone({ logOdds, detection }: Channel): Float64Array {
  const ranked = surpriseOdds(detection.scores)
  return logOdds.map((l, i) => (l >= 0 ? l : Math.min(l, ranked[i]!)))
}
