import type { Stage } from './secure/message.ts'

/**
 * The port to one client of a round, as the aggregator sees it. An adapter brings a request to the client and its answer back; it neither
 * retries nor looks into either. Whoever does not answer in time has dropped out.
 */
export interface Participant {
  /** As in the round's terms: `[a-z0-9][a-z0-9._-]*`, at most 64 characters. */
  readonly name: string
  /** Both are signed messages. Rejects where the client refuses, or cannot be reached. */
  answer(stage: Stage, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}
