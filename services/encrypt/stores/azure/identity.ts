import type { TokenCredential } from '@azure/identity'
import { StorageSharedKeyCredential } from '@azure/storage-blob'
import { noteIdentity } from '#clouds/azure/identity.ts'

export type AzureCredential = TokenCredential | StorageSharedKeyCredential

/** The identity that requests are made as, for messages and `credence check`. */
export interface AzureIdentity {
  /** The credential for clients; it records the claims of each token. */
  readonly credential: AzureCredential
  /** `the key of account mine`, `app 5d6e… (object 1b2c…)`; null until a token was seen. */
  describe(): string | null
}

export function identityOf(credential: AzureCredential): AzureIdentity {
  if (credential instanceof StorageSharedKeyCredential) {
    return { credential, describe: () => `the key of account ${credential.accountName}` }
  }
  const noted = noteIdentity(credential)
  return { credential: noted, describe: () => noted.describe() }
}
