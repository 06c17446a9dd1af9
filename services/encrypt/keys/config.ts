import { z } from 'zod'
import { awsKmsConfig } from './awskms/config.ts'
import { gcpKmsConfig } from './gcpkms/config.ts'
import { keyVaultConfig } from './keyvault/config.ts'
import { localConfig } from './local/config.ts'
import { LONGEST_TTL_SECONDS } from './ttl-cache.ts'

export const keysConfig = z.strictObject({
  local: localConfig
    .optional()
    .describe('A keyring in the data folder; the one there is when no key service is named.'),
  awskms: awsKmsConfig.optional(),
  keyvault: keyVaultConfig.optional(),
  gcpkms: gcpKmsConfig.optional(),
  ttlSeconds: z
    .int()
    .min(1)
    .max(LONGEST_TTL_SECONDS)
    .default(300)
    .describe('How long an unwrapped epoch key is kept: a key that is disabled lives this long.'),
})
