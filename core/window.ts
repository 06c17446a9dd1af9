import { z } from 'zod'

/** staged → scanned → committed; each move is one catalog transaction and safe to repeat. */
const WINDOW_STATES = ['staged', 'scanned', 'committed'] as const
export type WindowState = (typeof WINDOW_STATES)[number]

/** What a window took from one partition: after `from` ('' is the start), up to and including `to`. */
export const segmentSchema = z.strictObject({ partition: z.string(), from: z.string(), to: z.string() })
export type Segment = z.infer<typeof segmentSchema>

/** Received = admitted + quarantined + rejected + deadLettered, for every window and every sum of windows. */
export interface WindowCounts {
  readonly received: number
  readonly admitted: number
  readonly quarantined: number
  readonly rejected: number
  readonly deadLettered: number
}

/**
 * The fewest records from which detectors can learn what is usual. A smaller window is scanned together with records of earlier
 * ones, and held whole if these are too few as well.
 */
export const FEWEST_SCANNED = 50

/** The number of latest windows that a dataset's pool covers. */
export const POOLED_WINDOWS = 48
/**
 * What a window gave to the pool is kept for this many later windows, because a memory is made up to twice `memory.every`
 * windows late.
 */
export const POOL_KEPT_WINDOWS = 64

/** A bounded run of records of one dataset: the unit of scanning and of commit. */
export interface WindowInfo {
  /** Derived from dataset, source and segments, so that a replay yields the same id. */
  readonly id: string
  readonly dataset: string
  readonly source: string
  readonly segments: readonly Segment[]
  readonly records: number
  readonly deadLetters: number
  /** SHA-256 of the contract the records were validated against, hex. */
  readonly contract: string
}
