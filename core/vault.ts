/** The zones of the object store; `scores` holds the sidecars. Key records and manifests belong to no zone. */
export const ZONES = ['staging', 'clean', 'quarantine', 'deadletter', 'scores'] as const
export type Zone = (typeof ZONES)[number]

export interface ObjectRef {
  /** `<zone>/<dataset>/<name>`, deterministic. */
  readonly path: string
  /** SHA-256 of the ciphertext, hex. */
  readonly sha256: string
  /** Bytes of ciphertext. */
  readonly size: number
  /** The epoch key that wraps the object's data key. */
  readonly kid: string
}

/** Whom an object belongs to. It is authenticated with the object but stored in clear, so it holds no secrets. */
export interface ObjectContext {
  readonly dataset: string
  readonly window: string
  /** SHA-256 of the contract, hex. */
  readonly contract: string
  readonly codec: 'jsonl+zstd' | 'json+zstd'
}

/**
 * Encrypted, immutable objects: plaintext leaves a worker's memory only through a vault. The encrypt service builds it over a
 * keyring and a store; the stages receive it ready-made.
 */
export interface Vault {
  /**
   * Encrypts `plaintext` and writes it create-if-absent. If an object exists at the path already, it is adopted if it opens
   * under the same context to the same bytes, so that a crash between write and commit needs no cleaning up. Otherwise throws
   * `conflict`.
   */
  put(path: string, context: ObjectContext, plaintext: Uint8Array): Promise<ObjectRef>
  /**
   * Verifies the digest (if given) and every authentication tag. Throws `corrupt`, `denied`, or `not_found`, which has the reason
   * `object_gone` where the store lacks the object, and another where its key is gone.
   */
  open(path: string, context: ObjectContext, sha256?: string): Promise<Uint8Array>
  /** Only for `staging`. Does nothing if the object is gone already. */
  discard(path: string): Promise<void>
}
