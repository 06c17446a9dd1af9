import type { CheckLine } from '#core/check.ts'

/**
 * The port to a key service (AWS KMS, Key Vault, Cloud KMS, the local key file): it wraps epoch keys, and does nothing
 * else. `context` is authenticated with the wrap: unwrapping under another context throws `denied` or `corrupt`.
 */
export interface Keyring {
  readonly provider: 'local' | 'awskms' | 'keyvault' | 'gcpkms'
  /** Ids of keys that it stood on before: what they wrapped still unwraps, and a rewrap brings it under the key of now. */
  readonly formerKeys?: readonly string[]
  /** The key and version that a wrap made now would be under. */
  current(): Promise<KeyVersion>
  wrap(epochKey: Uint8Array, context: KeyContext): Promise<Wrap>
  /** Throws `denied` (disabled, no permission), `not_found` (destroyed), `corrupt` (altered), `throttled`, `unavailable`. */
  unwrap(wrap: Wrap, context: KeyContext): Promise<Uint8Array>
  /**
   * Brings a wrap of its own under the current version inside the service, and under another context where `to` is given: the
   * key is shown to nobody on the way.
   */
  rewrap?(wrap: Wrap, context: KeyContext, to?: KeyContext): Promise<Wrap>
  /** Every version of the key that the service lists, oldest first. */
  versions?(): Promise<readonly KeyVersionInfo[]>
  /** A new version, which wraps from now on; those before still unwrap. Throws `denied` where that is not ours to do. */
  rotate?(): Promise<KeyVersion>
  /**
   * Ends a version that nothing depends on, as far as the service lets it be ended. Throws `conflict` for the current one,
   * `denied` (`not_retirable`) where the service ends whole keys only.
   */
  retire?(version: string): Promise<void>
  /** False where the service ends whole keys alone: its versions are listed, and `retire` refuses them all. */
  readonly endsVersions?: boolean
  /** What stands between this identity and the key: reached, permitted, enabled, rotated, protected. Throws nothing. */
  check?(): Promise<readonly CheckLine[]>
}

export interface KeyVersionInfo extends KeyVersion {
  readonly created: Date | null
  readonly state: 'enabled' | 'disabled' | 'destroyed'
}

export interface KeyVersion {
  readonly keyId: string
  readonly version: string
}

export interface KeyContext {
  readonly dataset: string
  readonly kid: string
  /** What the record says of the key; absent for wraps of `credence-key/1`, which are bound to the key's name alone. */
  readonly said?: KeyStatement
}

export interface KeyStatement {
  readonly epoch: number
  readonly created: string
  readonly state: string
}

export interface Wrap extends KeyVersion {
  readonly provider: Keyring['provider']
  readonly alg: string
  /** Base64. */
  readonly blob: string
}
