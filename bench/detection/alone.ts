import { policySchema } from '#core/decision.ts'
import type { PoisonedWindow } from '#attacks/types.ts'
import { EMPTY_HISTORY } from '#services/scan/calibrate/history.ts'
import { calibrateChannels } from '#services/scan/calibrate/channels.ts'
import type { Channel } from '#services/scan/calibrate/channel.ts'
import type { Detection, Detector } from '#services/scan/detector.ts'
import { allDetectors } from '#services/scan/detectors/all.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { byFamily, fuse } from '#services/scan/verdict/fuse.ts'
import { createView } from '#services/scan/view/create-view.ts'
import { scanInputOf } from './cases.ts'
import { heldShares, mean, rank, type Ranking } from './metrics.ts'

/** What the risk makes of a window. */
export interface Verdict extends Ranking {
  readonly poisonHeld: number
  readonly innocentsHeld: number
}

/** A window's detectors, each of which scores it once, and what they make of it together. */
export interface Scored {
  readonly fused: Verdict
  readonly channels: readonly Channel[]
  /** How each channel ranks by itself. */
  readonly alone: Readonly<Record<string, Ranking>>
  /** The risk of all detectors but that one. */
  without(name: string): Promise<Verdict>
}

export async function scoreAlone(window: PoisonedWindow, seed: number, engine: Engine): Promise<Scored> {
  const view = createView(scanInputOf(window, seed), engine)
  const detectors = allDetectors().map(remembering)
  const verdictOf = (channels: readonly Channel[]): Verdict => {
    const risk = fuse(byFamily(channels, view.n), view.n)
    const held = decide(risk, policySchema.parse({})).map((decision) => decision !== 'admit')
    const { poison, innocents } = heldShares(held, window)
    return { ...rank(risk, window), poisonHeld: poison, innocentsHeld: innocents }
  }
  const channels = await calibrateChannels(view, detectors, EMPTY_HISTORY, [])
  return {
    fused: verdictOf(channels),
    channels,
    alone: Object.fromEntries(channels.map(({ info, detection }) => [info.name, rank(detection.scores, window)])),
    async without(name) {
      const others = detectors.filter(({ info }) => info.name !== name)
      return verdictOf(await calibrateChannels(view, others, EMPTY_HISTORY, []))
    },
  }
}

/** The same detector, which scores a view once. */
function remembering(detector: Detector): Detector {
  let scored: Promise<Detection> | undefined
  const { info, needs, tags } = detector
  return { info, needs, tags, score: (view) => (scored ??= detector.score(view)) }
}

/** The channel that ranks best over these windows, by TPR. */
export function bestAlone(windows: readonly Scored['alone'][]): Ranking & { readonly name: string } {
  return Object.keys(windows[0] ?? {})
    .map((name) => ({ name, ...averaged(windows.map((alone) => alone[name])) }))
    .reduce((a, b) => (b.tprAt1 > a.tprAt1 ? b : a))
}

export function averaged(rankings: readonly (Ranking | undefined)[]): Ranking {
  return {
    auroc: mean(rankings.map((one) => one?.auroc ?? Number.NaN)),
    tprAt1: mean(rankings.map((one) => one?.tprAt1 ?? Number.NaN)),
  }
}

export function figures({ auroc, tprAt1 }: Ranking): string {
  return `${auroc.toFixed(3)}/${tprAt1.toFixed(2)}`.replaceAll(/\b0\./g, '.')
}

export function percent(share: number): string {
  return (100 * share).toFixed(0)
}
