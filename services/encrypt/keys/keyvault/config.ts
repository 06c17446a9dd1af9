import { z } from 'zod'
import { formerKeys } from '../former-keys.ts'

export const keyVaultConfig = z.strictObject({
  key: z.url().describe('https://<vault>.vault.azure.net/keys/<name>, or of a Managed HSM.'),
  formerKeys,
})
export type KeyVaultConfig = z.output<typeof keyVaultConfig>
