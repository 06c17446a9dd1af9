/**
 * The port to a key service (AWS KMS, Key Vault, Cloud KMS, the local key file): it wraps epoch keys, and does nothing
 * else. `context` is authenticated with the wrap: unwrapping under another context throws `denied` or `corrupt`.
 */
export interface Keyring {
  readonly provider: 'local' | 'awskms' | 'keyvault' | 'gcpkms'
  /** The key and version that a wrap made now would be under. */
  current(): Promise<KeyVersion>
  wrap(epochKey: Uint8Array, context: KeyContext): Promise<Wrap>
  /** Throws `denied` (disabled, no permission), `not_found` (destroyed), `corrupt` (altered), `throttled`, `unavailable`. */
  unwrap(wrap: Wrap, context: KeyContext): Promise<Uint8Array>
}

export interface KeyVersion {
  readonly keyId: string
  readonly version: string
}

export interface KeyContext {
  readonly dataset: string
  readonly kid: string
}

export interface Wrap extends KeyVersion {
  readonly provider: Keyring['provider']
  readonly alg: string
  /** Base64. */
  readonly blob: string
}
