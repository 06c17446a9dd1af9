import { belowHolding, SUSPECTED, surpriseOdds } from './absolute.ts'
import type { Channel, Said } from './channel.ts'
import { withoutCompany } from './company.ts'
import type { CleanHistory } from './history.ts'
import { isRows } from './kinds-of-data.ts'
import { astrayBy, withoutNaturalTails } from './natural-tails.ts'
import { pointedAt } from './pointed.ts'
import { calibrateRanking } from './ranking.ts'
import { ONLY_GROSS } from '../detectors/lift/residualised-lift.ts'
import { largest } from '../detectors/labels/label-quality.ts'
import { filedTwice } from '../features/recurring-images.ts'
import { columnsOf } from '../features/vectors.ts'
import { estimateLabelNoise, EXPLAINED } from '../predict/label-noise.ts'
import { type Predicted, type Relearnt, relearnt } from '../predict/relearnt.ts'
import { leastNoise, taughtNoise } from '../predict/taught-noise.ts'
import { byFamily, probability } from '../verdict/fuse.ts'
import { labelGroups } from '../verdict/label-groups.ts'
import { type Grouping, withoutLabels } from '../view/samples.ts'
import type { WindowView } from '../view/window-view.ts'

/** The least share of labels that is taken to follow from the records. */
const LEAST_FOLLOWED = 1e-3
/** How many nearest records show whether a record lies far from all. */
const NEAREST = 5

/**
 * Scales the rankings of labels by the window's label noise; their groups are the records whose labels are then
 * suspected. Records that another family explains, and records that lie far out, held or not, do not count: they are no
 * label noise, and would make the other labels look noisier. Where labels hardly follow from records, they are
 * suspected only as far as they do follow, and only ranked. Rows that lie farther out than expected rank before them,
 * unless those rows are natural.
 */
export async function withLabels(
  view: WindowView,
  rankings: readonly Said[],
  others: readonly Channel[],
  history: CleanHistory,
  notes: string[],
  isSelection: boolean,
): Promise<Channel[]> {
  if (view.labels === null || rankings.length === 0) return [...others]
  const verdicts = byFamily(others, view.n)
  const farOut = await farFromAll(view, verdicts.find(({ family }) => family === 'outlier')?.logOdds)
  const explained = (i: number) => farOut[i] === 1 || verdicts.some(({ logOdds }) => logOdds[i]! >= 0)
  const triggers = verdicts.find(({ family }) => family === 'trigger')
  const isTriggered = (i: number) => farOut[i] !== 1 && (triggers?.logOdds[i] ?? -1) >= 0
  const labels = withoutLabels(view.labels, explained)
  const { outOfFold } = await view.probe()
  const { probabilities } = await view.consensus()
  const neighbours = await view.neighbours()
  const estimate = (of: Grouping, by: Predicted) =>
    estimateLabelNoise(
      by.outOfFold,
      by.consensus,
      of,
      view.samples.kind,
      neighbours,
      isRows(view) ? taughtNoise(by.consensus, of, () => columnsOf(view.samples)) : null,
      view.samples.kind === 'text' ? leastNoise(by.consensus, of) : 0,
    )
  const predicted = { outOfFold, consensus: probabilities }
  const noise = estimate(labels, predicted)
  // What bears a trigger has a wrong label as well: it counts for whether one leads.
  const anyTriggered = labels.of.some((label, i) => label < 0 && isTriggered(i))
  const wrong = anyTriggered ? withoutLabels(view.labels, (i) => explained(i) && !isTriggered(i)) : labels
  const learnt = { ...predicted, noise: anyTriggered ? estimate(wrong, predicted) : noise }
  const trusted = noise.unexplained <= EXPLAINED
  const pointed = pointedAt(others, rankings, view.labels)
  const led = trusted ? await relearnt(view, { wrong, left: labels }, learnt, estimate, pointed) : null
  if (!trusted) {
    const ranked = 'labels hardly follow from the records: those that disagree are ranked, and not held for that alone'
    const told = notes.indexOf(ONLY_GROSS)
    if (told < 0) notes.push(ranked)
    else notes[told] = `${ranked}; only gross triggers show`
  }
  const doubts = noise.logOdds.some((l) => l >= 0) || led !== null || noise.pushes.length > 0
  const several = trusted && doubts ? filedTwice(view.samples, view.labels) : 0
  if (several > 0)
    notes.push(
      `${several} images are equal to the bit to one with another label: labels that disagree are ranked, and not held for that alone`,
    )
  const mayBeNatural = view.samples.kind === 'table' || (isRows(view) && (!trusted || astrayBy(others) !== undefined))
  const placed = mayBeNatural ? await withoutNaturalTails(view, others, history) : null
  const followed = placed === null ? Math.log(Math.max(LEAST_FOLLOWED, 1 - noise.unexplained)) : 0
  const posterior = noise.logOdds.map((l, i) => (labels.of[i]! < 0 ? Number.NaN : probability(l)))
  const ofLabels = rankings.map((channel) => {
    const alike = calibrateRanking(channel.detection.scores, posterior)
    const ranked = alike.map((l, i) => l + (noise.leanings[labels.of[i]!] ?? 0))
    const suspected = ranked.map((l, i) =>
      Math.max(l, noise.pushed[i]!, labels.of[i]! < 0 ? -Infinity : ledOdds(led, i)),
    )
    const alone = surpriseOdds(channel.detection.scores)
    const logOdds = trusted
      ? suspected.map((l, i) => Math.max(several > 0 ? belowHolding(l) : l, alone[i]!))
      : alone.map((l, i) => Math.max(l + followed, belowHolding(ranked[i]! + 2 * followed)))
    const groups =
      channel.tags.role === 'supporting' ? [] : labelGroups(noise, probabilities, labels, logOdds, led?.label)
    const extremes = trusted && !isSelection ? (channel.detection.extremes ?? []) : []
    const why = (i: number) => whyLed(led, labels, i) ?? channel.detection.why(i)
    return { ...channel, logOdds, extremes, detection: { ...channel.detection, groups, why } }
  })
  return [...(placed ?? others), ...ofLabels]
}

/** What counts of a label that leads, by predictors that have learnt nothing from the suspects. */
function ledOdds(led: Relearnt | null, i: number): number {
  if (led === null) return -Infinity
  return led.vague[i] === 1 ? belowHolding(led.logOdds[i]!) : led.logOdds[i]!
}

/** Why a record under a label that leads is held; null for others. */
function whyLed(led: Relearnt | null, { of, names }: Grouping, i: number): string | null {
  if (led === null || ledOdds(led, i) < 0) return null
  const likely = largest(led.expected, i)
  if (likely === of[i]) return null
  const share = Math.round(100 * led.expected.data[i * led.expected.cols + likely]!)
  return `It is labelled ${names[of[i]!]} and looks like ${names[likely]} (${share} %), as others labelled so look like other labels.`
}

/**
 * Which rows are suspected for their distance and lie far from all others. A row with a wrong label is far from its
 * class alone.
 */
async function farFromAll(view: WindowView, logOdds: Float64Array | undefined): Promise<Uint8Array> {
  const suspected = new Uint8Array(view.n)
  if (logOdds === undefined || !isRows(view)) return suspected
  logOdds.forEach((l, i) => (suspected[i] = Number(l >= SUSPECTED)))
  const { k, distance } = await view.neighbours()
  const nearest = Float64Array.from(suspected, (_, i) => {
    const some = distance.subarray(i * k, i * k + Math.min(k, NEAREST))
    return some.reduce((sum, d) => sum + d, 0)
  })
  return withoutCompany(suspected, nearest)
}
