import { z } from 'zod'
import { awsKmsConfig } from '#services/encrypt/keys/awskms/config.ts'
import { gcpKmsConfig } from '#services/encrypt/keys/gcpkms/config.ts'
import { keyVaultConfig } from '#services/encrypt/keys/keyvault/config.ts'
import { localConfig } from '#services/encrypt/keys/local/config.ts'
import { LONGEST_TTL_SECONDS } from '#services/encrypt/keys/ttl-cache.ts'

/** Every supported key service with its own settings. */
export const keysConfig = z.strictObject({
  local: localConfig
    .optional()
    .describe('A keyring in the data folder; the one there is when no key service is named.'),
  awskms: awsKmsConfig.optional().describe('A key of AWS KMS.'),
  keyvault: keyVaultConfig.optional().describe('A key of Azure Key Vault or of a Managed HSM.'),
  gcpkms: gcpKmsConfig.optional().describe('A key of Google Cloud KMS.'),
  ttlSeconds: z
    .int()
    .min(1)
    .max(LONGEST_TTL_SECONDS)
    .default(300)
    .describe('How long an unwrapped epoch key is kept: a key that is disabled lives this long.'),
})
