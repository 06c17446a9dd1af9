/** What a registry learns about a model: which one it is and what proves it, never its numbers. */
export interface MadeModel {
  readonly federation: string
  readonly round: number
  /** SHA-256 over its little-endian doubles, hex. */
  readonly sha256: string
  /** The number of clients whose updates are in it. */
  readonly clients: number
  /** Digest of what its round's clients agreed on, hex; null if updates were judged openly. */
  readonly transcript: string | null
  /** The privacy (ε) that the clients had spent when it was made; null without noise or budget. */
  readonly epsilon: number | null
}

/** The port to the registry in which an organisation looks up its models. An adapter neither retries nor logs. */
export interface ModelRegistry {
  /**
   * Adds a version; does nothing if the model is registered already. Throws `denied`, `invalid`, `throttled` and `unavailable`.
   */
  register(model: MadeModel, signal: AbortSignal): Promise<void>
}
