import type { CheckLine } from '#core/check.ts'

/**
 * The port to a key service (AWS KMS, Key Vault, Cloud KMS, the local key file): it wraps epoch keys and does nothing else.
 * `context` is authenticated with the wrap: unwrapping under another context throws `denied` or `corrupt`.
 */
export interface Keyring {
  readonly provider: 'local' | 'awskms' | 'keyvault' | 'gcpkms'
  /** Ids of keys that it used earlier: what they wrapped still unwraps, and `rewrap` brings it under the current key. */
  readonly formerKeys?: readonly string[]
  /** The key and version that a new wrap would use. */
  current(): Promise<KeyVersion>
  wrap(epochKey: Uint8Array, context: KeyContext): Promise<Wrap>
  /** Throws `denied` (disabled, no permission), `not_found` (destroyed), `corrupt` (altered), `throttled`, `unavailable`. */
  unwrap(wrap: Wrap, context: KeyContext): Promise<Uint8Array>
  /**
   * Brings one of this keyring's wraps under the current version, and under another context if `to` is given. It happens inside
   * the service, so nobody sees the key.
   */
  rewrap?(wrap: Wrap, context: KeyContext, to?: KeyContext): Promise<Wrap>
  /** Every version of the key that the service lists, oldest first. */
  versions?(): Promise<readonly KeyVersionInfo[]>
  /**
   * Makes a new version, which wraps from now on; earlier versions still unwrap. Throws `denied` if this identity may not do
   * that.
   */
  rotate?(): Promise<KeyVersion>
  /**
   * Ends a version that nothing depends on, as far as the service allows. Throws `conflict` for the current one, and `denied`
   * (`not_retirable`) if the service can only end whole keys.
   */
  retire?(version: string): Promise<void>
  /** False if the service can only end whole keys: its versions are listed, and `retire` refuses every one. */
  readonly endsVersions?: boolean
  /** Checks what stands between this identity and the key: reachable, permitted, enabled, rotated, protected. Never throws. */
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
  /** What the key record says about the key; absent for wraps of `credence-key/1`, which are bound to the key's name alone. */
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
