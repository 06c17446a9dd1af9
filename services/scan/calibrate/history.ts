import type { Sketch } from '#core/sidecar.ts'
import type { DetectorInfo } from '#core/score.ts'
import { mergeSketch } from './sketch.ts'

/** How one dataset's clean records score, channel by channel, from its earlier windows. Plain JSON. */
export interface CleanHistory {
  readonly windows: number
  readonly channels: Readonly<Record<string, Sketch>>
}

export const EMPTY_HISTORY: CleanHistory = { windows: 0, channels: {} }

/** The fewest windows of history that certify a result. */
const CERTIFYING = 3

/** Sketches of each relative channel's scores over the records of one window that are not under suspicion. */
export type Bulk = Readonly<Record<string, Sketch>>

/**
 * The share of the older windows' weight that each window takes away: a dataset that changes slowly is compared with
 * its recent state.
 */
const FADING = 1 / 32

export function fadeHistory(history: CleanHistory): CleanHistory {
  const channels = Object.entries(history.channels).map(([name, { values, weights }]): [string, Sketch] => [
    name,
    { values, weights: weights.map((weight) => weight * (1 - FADING)) },
  ])
  return { ...history, channels: Object.fromEntries(channels) }
}

/** A channel is remembered by name and version: another version's scores have another scale. */
export function historyKey({ name, version }: DetectorInfo): string {
  return `${name}/${version}`
}

/** The history with one more window. Channels that the window lacks are kept as they were. */
export function updateHistory(history: CleanHistory, { bulk }: { readonly bulk: Bulk }): CleanHistory {
  return { windows: history.windows + 1, channels: joinBulks(history.channels, bulk) }
}

/** Channel by channel, the values of both. */
export function joinBulks(earlier: Bulk, later: Bulk): Bulk {
  const channels: Record<string, Sketch> = { ...earlier }
  for (const [name, sketch] of Object.entries(later)) channels[name] = joinSketches(channels[name], sketch)
  return channels
}

/** Whether the history has enough windows to certify a result. */
export function hasTaughtEnough({ windows }: Pick<CleanHistory, 'windows'>): boolean {
  return windows >= CERTIFYING
}

/** Whether every one of the named channels can be calibrated against history. */
export function certifies(history: CleanHistory, channels: readonly string[]): boolean {
  return hasTaughtEnough(history) && channels.every((name) => history.channels[name] !== undefined)
}

function joinSketches(earlier: Sketch | undefined, later: Sketch): Sketch {
  if (earlier === undefined) return later
  const joined = mergeSketch(earlier, [])
  return mergeSketch(
    { values: [...joined.values, ...later.values], weights: [...joined.weights, ...later.weights] },
    [],
  )
}
