import { z } from 'zod'
import { endpoint, name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const gcsConfig = z.strictObject({
  bucket: name,
  prefix,
  project: name.optional(),
  endpoint,
  kmsKey: name.optional().describe('Resource name of the key that the bucket encrypts under (CMEK).'),
  retentionDays: days.optional(),
})
export type GcsConfig = z.output<typeof gcsConfig>
