import { surpriseOdds } from './absolute.ts'
import type { Channel } from './channel.ts'
import { standAlone } from './company.ts'
import { historyKey, type CleanHistory } from './history.ts'
import { hasFewColumns } from './kinds-of-data.ts'
import { oddInMany } from './odd-in-many.ts'
import { distancesByScores } from '../detectors/outliers/far-by-scores.ts'
import type { WindowView } from '../view/window-view.ts'

/** From these log-odds on a row ranks by more than its place: more rows than expected lie as far out. */
const IN_EXCESS = -3

/** Noise may be few of the rows in excess: all of them, their farther half, and their farthest quarter are asked. */
const PARTS = [1, 2, 4]
/** Fewer rows say nothing of their company. */
const FEWEST = 5
/** Nats by which natural rows rank below doubts of labels that have the same place. */
const NATURAL = 2
/** With fewer columns few values are left beside a row's oddest one. */
const LEAST_COLUMNS = 5

/**
 * The channels of rows with every tail that is read without history reduced to a ranking by place, because its far rows
 * are natural: they have company, or, in tables, are neither odd in several columns nor far by the normal scores of their
 * numbers. Noise lies far from its nearest neighbours, and a kind that no label names does not (see `standAlone`); junk is
 * odd in most columns, and natural rows are in one. Rows that a tail holds stay held. Null where no tail is longer than
 * expected, or where the far rows of one are not natural.
 */
export async function withoutNaturalTails(
  view: WindowView,
  channels: readonly Channel[],
  history: CleanHistory,
): Promise<readonly Channel[] | null> {
  const isTail = ({ info, tags }: Channel) =>
    tags.calibration === 'light-tailed' && history.channels[historyKey(info)] === undefined
  const far = channels
    .filter(isTail)
    .map(({ logOdds }) => logOdds.map((l) => l - IN_EXCESS))
    .filter((beyond) => beyond.some((l) => l >= 0))
  if (far.length === 0 || !(await areNatural(view, channels, far))) return null
  return channels.map((channel) => (isTail(channel) ? { ...channel, logOdds: byPlaceAlone(channel) } : channel))
}

async function areNatural(
  { engine, samples }: WindowView,
  channels: readonly Channel[],
  far: readonly Float64Array[],
): Promise<boolean> {
  if (far.every((beyond) => keepToDirections(channels, beyond))) return true
  const standOut = (beyond: Float64Array, scores: Float64Array) =>
    PARTS.some((part) => standAlone(farthest(beyond, part), scores))
  const areOrdinary = (scores: Float64Array | null | undefined) =>
    scores !== undefined && (scores === null || !far.some((beyond) => standOut(beyond, scores)))
  const fellows = channels.find(({ tags }) => tags.farOutIn === 'neighbours')?.detection.scores
  // In few columns rows are near one another by chance.
  if (!hasFewColumns(samples) && areOrdinary(fellows)) return true
  if (samples.kind !== 'table' || samples.columns.length < LEAST_COLUMNS) return false
  return areOrdinary(oddInMany(samples.columns)) && areOrdinary(await distancesByScores(engine, samples.columns))
}

/** Whether a channel knows the directions that vectors keep to, and most of the suspects (log-odds of 0 and more) keep to them. */
export function keepToDirections(channels: readonly Channel[], logOdds: Float64Array): boolean {
  const astray = astrayBy(channels)
  if (astray === undefined) return false
  const suspects = astray.filter((_, i) => logOdds[i]! >= 0)
  return 2 * suspects.reduce((sum, is) => sum + is, 0) < suspects.length
}

/** Which records stray from the directions that vectors keep to, if a channel knows any. */
export function astrayBy(channels: readonly Channel[]): Uint8Array | undefined {
  return channels.find(({ detection }) => detection.astray !== undefined)?.detection.astray
}

function byPlaceAlone({ logOdds, detection }: Channel): Float64Array {
  const ranked = surpriseOdds(detection.scores)
  return logOdds.map((l, i) => (l >= 0 ? l : Math.min(l, ranked[i]!) - NATURAL))
}

/** The same log-odds, with the farthest 1/part of those of 0 and more left above 0; all of them where these are too few. */
function farthest(beyond: Float64Array, part: number): Float64Array {
  const positive = beyond.filter((l) => l >= 0).sort()
  const kept = Math.floor(positive.length / part)
  if (part === 1 || kept < FEWEST) return beyond
  const bar = positive[positive.length - kept]!
  return beyond.map((l) => l - bar)
}
