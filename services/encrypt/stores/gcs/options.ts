import type { StorageOptions } from '@google-cloud/storage'

export interface GcsStoreOptions {
  readonly bucket: string
  /** Where in the bucket: `credence/prod`. Objects lie below it. */
  readonly prefix?: string
  readonly projectId?: string
  /** Default: `https://storage.googleapis.com`. */
  readonly apiEndpoint?: string
  /** Default: the SDK's own chain (workload identity, metadata server, `GOOGLE_APPLICATION_CREDENTIALS`). */
  readonly credentials?: StorageOptions['credentials']
  readonly authClient?: StorageOptions['authClient']
  /** An endpoint for tests: plain http is allowed, and nobody is authenticated unless credentials are given. */
  readonly emulator?: boolean
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…`: asked for on every write, and verified on its answer. */
  readonly kmsKeyName?: string
  /** How long what was replaced or deleted must stay restorable; looked at by `check`. */
  readonly retention?: { readonly days: number }
}
