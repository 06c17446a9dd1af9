import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const adlsConfig = z.strictObject({
  url: z.url().describe('Such as https://account.dfs.core.windows.net.'),
  container: name.describe('The file system.'),
  prefix,
  encryptionScope: name.optional(),
})
export type AdlsConfig = z.output<typeof adlsConfig>

export const blobConfig = z.strictObject({
  url: z.url().describe('Such as https://account.blob.core.windows.net.'),
  container: name,
  prefix,
  encryptionScope: name.optional(),
  immutabilityDays: days.optional(),
})
export type BlobConfig = z.output<typeof blobConfig>
