/** The zones of the object store, plus what belongs to none of them: score sidecars, key records and manifests. */
export const ZONES = ['staging', 'clean', 'quarantine', 'deadletter', 'scores'] as const
export type Zone = (typeof ZONES)[number]

export interface ObjectRef {
  /** `<zone>/<dataset>/<name>`, deterministic. */
  readonly path: string
  /** Of the ciphertext, hex. */
  readonly sha256: string
  /** Bytes of ciphertext. */
  readonly size: number
  /** The epoch key that wraps the object's data key. */
  readonly kid: string
}

/** Who an object belongs to: authenticated with it, stored in clear, so nothing secret. */
export interface ObjectContext {
  readonly dataset: string
  readonly window: string
  /** SHA-256 of the contract, hex. */
  readonly contract: string
  readonly codec: 'jsonl+zstd' | 'json+zstd'
}

/**
 * Encrypted, immutable objects: the only way that plaintext leaves a worker's memory.
 * Built by the encrypt service over a keyring and a store; the stages receive it ready-made.
 */
export interface Vault {
  /**
   * Encrypts `plaintext` and writes it create-if-absent. When the path exists already, the object there is adopted
   * if it opens under the same context to the same bytes: a crash between write and commit leaves nothing to clean.
   * Otherwise throws `conflict`.
   */
  put(path: string, context: ObjectContext, plaintext: Uint8Array): Promise<ObjectRef>
  /** Verifies the digest (when given) and every authentication tag; throws `corrupt`, `denied` or `not_found`. */
  open(path: string, context: ObjectContext, sha256?: string): Promise<Uint8Array>
  /** Only for `staging`; silent when the object is gone already. */
  discard(path: string): Promise<void>
}
