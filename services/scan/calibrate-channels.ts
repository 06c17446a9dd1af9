import { calibrateRelative } from './calibrate.ts'
import type { Channel } from './channels.ts'
import type { Detection, Detector } from './detector.ts'
import { absoluteOdds } from './fuse.ts'
import type { CleanHistory } from './history.ts'
import { labelGroups } from './label-groups.ts'
import { estimateLabelNoise } from './label-noise.ts'
import { sketchSurprise } from './sketch.ts'
import { ownTail } from './tail.ts'
import type { WindowView } from './window-view.ts'

/**
 * Runs every detector whose needs the window meets and brings what it says to log-odds: an absolute channel by its own
 * evidence, a relative one against the dataset's history, or the window's own bulk where there is none.
 */
export async function calibrateChannels(
  view: WindowView,
  detectors: readonly Detector[],
  history: CleanHistory,
  notes: string[],
): Promise<Channel[]> {
  const channels: Channel[] = []
  for (const detector of detectors) {
    const missing = detector.needs.filter((need) => !offers(view, need))
    if (missing.includes('labels') || missing.includes('contributors')) {
      notes.push(`${detector.info.name} left out: the window has no ${missing.join(', no ')}`)
    }
    if (missing.length > 0) continue
    const detection = await detector.score(view)
    notes.push(...(detection.notes ?? []))
    channels.push({
      info: detector.info,
      detection,
      logOdds: oddsOf(detector.info.name, detection, history),
      supporting: false,
    })
  }
  const labels = await labelChannel(view)
  return labels === null ? channels : [...channels, labels]
}

function offers(view: WindowView, need: Detector['needs'][number]): boolean {
  if (need === 'labels') return view.labels !== null && view.labels.names.length > 1
  if (need === 'contributors') return view.contributors !== null
  if (need === 'images') return view.samples.kind === 'image'
  if (need === 'texts') return view.samples.kind === 'text'
  return view.samples.kind !== 'vector'
}

function oddsOf(name: string, detection: Detection, history: CleanHistory): Float64Array {
  if (detection.scale === 'absolute') return absoluteOdds(detection)
  const sketch = history.channels[name]
  const tail = sketch === undefined ? ownTail(detection.scores) : { surprise: sketchSurprise(sketch) }
  return calibrateRelative(detection.scores, tail).logOdds
}

async function labelChannel(view: WindowView): Promise<Channel | null> {
  const { labels } = view
  if (labels === null || labels.names.length < 2) return null
  const { probabilities } = await view.expected()
  const noise = estimateLabelNoise(probabilities, labels)
  const { logOdds } = noise
  const groups = labelGroups(noise, probabilities, labels, logOdds)
  const detection: Detection = {
    scores: logOdds,
    scale: 'absolute',
    groups,
    why: () => 'Its label disagrees with what it looks like.',
  }
  return { info: { name: 'label-noise', family: 'label', version: 1 }, detection, logOdds, supporting: false }
}
