import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import { areApart } from './copies-apart.ts'
import { chosenOf, membersOf } from './spectrum/directions.ts'
import { evenLevels } from './traces/even-levels.ts'
import { fineNoise } from './traces/fine-noise.ts'
import { sharedBits } from './traces/shared-bits.ts'
import { unexpected, type Bearers } from './traces/of-one-label.ts'
import { weakenedDetail } from './traces/weakened-detail.ts'

/** Nats of evidence at most. */
const CEILING = 30
/** The share of a group's records that another group has, from which on it is that group, seen again. */
const SEEN_AGAIN = 2 / 3

/**
 * Images of one label that were processed as no others were, whatever they show: their values are on few levels in even
 * steps, or they have fine noise of one strength beyond what others have. Whether their labels were changed or kept makes
 * no difference. A trace that images of all labels share, such as that of another camera, is no label's. Linear in records
 * and pixels.
 */
export class ProcessingTraces implements Detector {
  readonly info: DetectorInfo = { name: 'processing-traces', family: 'trigger', version: 1 }
  readonly needs = ['labels', 'images'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, samples } = view
    const groups: Group[] = []
    if (labels !== null && samples.kind === 'image') {
      const add = (label: number, bearers: Bearers, evidence: number, summary: string) => {
        const { members } = bearers
        const isAgain = groups.some((one) => one.label === label && shared(one.members, members) >= SEEN_AGAIN)
        if (isAgain || !areApart(members, label, samples, labels)) return
        const posterior = new Float64Array(members.length).fill(unexpected(bearers, label, labels))
        groups.push({ members, posterior, evidence: Math.min(CEILING, evidence), label, summary })
      }
      for (const [label, squeezed] of evenLevels(samples, labels))
        add(
          label,
          squeezed,
          squeezed.evidence,
          squeezedSummary(squeezed.members.length, labels.names[label]!, squeezed.levels),
        )
      for (const [label, agreeing] of sharedBits(samples, labels))
        add(label, agreeing, agreeing.evidence, agreeingSummary(agreeing.members.length, labels.names[label]!))
      for (const [label, noisy] of fineNoise(samples, labels))
        add(label, noisy, noisy.evidence, noisySummary(noisy.members.length, labels.names[label]!, noisy.of))
      for (const { split, evidence } of await weakenedDetail(view, samples, labels)) {
        const members = membersOf(split)
        if (!areApart(members, split.label, samples, labels)) continue
        const posterior = Float64Array.from(chosenOf(split), (at) => split.posterior[at]!)
        const summary = weakenedSummary(members.length, labels.names[split.label]!)
        groups.push({ members, posterior, evidence: Math.min(CEILING, evidence), label: split.label, summary })
      }
    }
    const { scores, best } = strongestGroup(view.n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? 'it was processed as others were' }
  }
}

function squeezedSummary(count: number, label: string, levels: number): string {
  return `${count} records labelled ${label} have values in ${levels} even steps alone, as other labels' records do not`
}

function agreeingSummary(count: number, label: string): string {
  return `${count} records labelled ${label} have the same lowest bits in place after place, as if one message were hidden in each`
}

function noisySummary(count: number, label: string, of: string): string {
  return `${count} records labelled ${label} have fine noise of one strength in their ${of}, which other labels' records do not have`
}

function weakenedSummary(count: number, label: string): string {
  return `${count} records labelled ${label} differ in their fine detail at the same places, as if all were bent in one way`
}

function shared(a: Int32Array, b: Int32Array): number {
  const inA = new Set(a)
  return b.reduce((count, i) => count + Number(inA.has(i)), 0) / b.length
}
