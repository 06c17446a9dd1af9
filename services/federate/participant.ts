import type { Stage } from './secure/message.ts'

/**
 * The port to one client of a round, as the aggregator sees it. An adapter delivers a request to the client and returns its
 * answer; it neither retries nor reads either. A client that does not answer in time has dropped out.
 */
export interface Participant {
  /** The name in the round's terms: `[a-z0-9][a-z0-9._-]*`, at most 64 characters. */
  readonly name: string
  /** Request and answer are signed messages. Rejects if the client refuses or cannot be reached. */
  answer(stage: Stage, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}
