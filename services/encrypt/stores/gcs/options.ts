import type { StorageOptions } from '@google-cloud/storage'
import type { GcsConfig } from './config.ts'

export interface GcsStoreOptions extends GcsConfig {
  /** Default: the SDK's own chain (workload identity, metadata server, `GOOGLE_APPLICATION_CREDENTIALS`). */
  readonly credentials?: StorageOptions['credentials'] | undefined
  readonly authClient?: StorageOptions['authClient'] | undefined
  /** Uses a test endpoint: plain http is allowed, and there is no authentication unless credentials are given. */
  readonly emulator?: boolean | undefined
}
