import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const adlsConfig = z.strictObject({
  url: z.url().describe('Such as https://account.dfs.core.windows.net.'),
  container: name.describe('The file system.'),
  prefix,
  encryptionScope: name.optional().describe('The scope whose key objects are encrypted under at rest.'),
})
export type AdlsConfig = z.output<typeof adlsConfig>

export const blobConfig = z.strictObject({
  url: z.url().describe('Such as https://account.blob.core.windows.net.'),
  container: name.describe('Closed to the public, or it is refused.'),
  prefix,
  encryptionScope: name.optional().describe('The scope whose key objects are encrypted under at rest.'),
  immutabilityDays: days
    .optional()
    .describe('How long records and manifests can be neither replaced nor deleted; the container allows it.'),
})
export type BlobConfig = z.output<typeof blobConfig>
