import { CARRIERS } from './all-detectors.ts'
import { calibrateRanking } from './calibrate-ranking.ts'
import { calibrateAlone, calibrateByHistory } from './calibrate.ts'
import type { Channel } from './channels.ts'
import type { Detection, Detector } from './detector.ts'
import { absoluteOdds, probability } from './fuse.ts'
import type { CleanHistory } from './history.ts'
import { labelGroups } from './label-groups.ts'
import { estimateLabelNoise, EXPLAINED, type LabelNoise } from './label-noise.ts'
import { sketchSurprise } from './sketch.ts'
import type { WindowView } from './window-view.ts'

/**
 * Runs every detector whose needs the window meets and brings what it says to log-odds: an absolute channel by its own
 * evidence; a channel that ranks labels by the window's label noise; any other relative one against the dataset's
 * history, or the window's own bulk where there is none.
 */
export async function calibrateChannels(
  view: WindowView,
  detectors: readonly Detector[],
  history: CleanHistory,
  notes: string[],
): Promise<Channel[]> {
  const channels: Channel[] = []
  const noise = await labelNoise(view)
  if (noise !== null && noise.unexplained > EXPLAINED) {
    notes.push('labels hardly follow from the records: those that disagree are ranked, and not held for that alone')
  }
  for (const detector of detectors) {
    const { info, needs } = detector
    const missing = needs.filter((need) => !offers(view, need))
    if (missing.includes('labels')) notes.push(`${info.name} left out: the window has fewer than two labels`)
    if (missing.length > 0) continue
    const detection = await detector.score(view)
    notes.push(...(detection.notes ?? []))
    const channel = { info, detection, supporting: !CARRIERS.has(info.name) }
    if (info.family === 'label' && noise !== null) channels.push(await labelChannel(view, channel, noise))
    else channels.push({ ...channel, logOdds: oddsOf(info.name, detection, history) })
  }
  return channels
}

function offers(view: WindowView, need: Detector['needs'][number]): boolean {
  if (need === 'labels') return view.labels !== null && view.labels.counts.filter((count) => count > 0).length > 1
  if (need === 'contributors') return view.contributors !== null
  if (need === 'images') return view.samples.kind === 'image'
  if (need === 'texts') return view.samples.kind === 'text'
  return true
}

function oddsOf(name: string, detection: Detection, history: CleanHistory): Float64Array {
  if (detection.scale === 'absolute') return absoluteOdds(detection)
  const sketch = history.channels[name]
  return sketch === undefined
    ? calibrateAlone(detection.scores)
    : calibrateByHistory(detection.scores, sketchSurprise(sketch))
}

async function labelNoise(view: WindowView): Promise<LabelNoise | null> {
  if (view.labels === null || !offers(view, 'labels')) return null
  const { outOfFold } = await view.probe()
  return estimateLabelNoise(outOfFold, view.labels, (await view.consensus()).probabilities)
}

/** A ranking of labels, scaled by the window's label noise; its groups are those whose labels are then suspected. */
async function labelChannel(view: WindowView, channel: Omit<Channel, 'logOdds'>, noise: LabelNoise): Promise<Channel> {
  const { labels } = view
  const posterior = noise.logOdds.map((l, i) => (labels === null || labels.of[i]! < 0 ? Number.NaN : probability(l)))
  const ranked = calibrateRanking(channel.detection.scores, posterior)
  const believed = noise.unexplained <= EXPLAINED ? (l: number) => l : heldBack
  const logOdds = ranked.map((l, i) => believed(Math.max(l, noise.pushed[i]!)))
  if (labels === null || channel.supporting) return { ...channel, logOdds }
  const groups = labelGroups(noise, (await view.consensus()).probabilities, labels, logOdds)
  return { ...channel, logOdds, detection: { ...channel.detection, groups } }
}

/** Short of suspicion, in the same order. */
function heldBack(logOdds: number): number {
  return logOdds <= -1 ? logOdds : -1 + 0.02 * (logOdds + 1)
}
