/** What a registry is told of a model: which one it is and what proves it, never its numbers. */
export interface MadeModel {
  readonly federation: string
  readonly round: number
  /** SHA-256 over its little-endian doubles, hex. */
  readonly sha256: string
  /** How many clients' updates it counts. */
  readonly clients: number
  /** Digest of what its round's clients agreed on, hex; null where updates were judged openly. */
  readonly transcript: string | null
  /** What was spent of the clients' privacy up to it; null without noise or budget. */
  readonly epsilon: number | null
}

/** The port to where an organisation looks its models up. An adapter neither retries nor logs. */
export interface ModelRegistry {
  /** Adds a version; of a model that it has already, nothing. Throws `denied`, `invalid`, `throttled` and `unavailable`. */
  register(model: MadeModel, signal: AbortSignal): Promise<void>
}
