import { z } from 'zod'
import { endpoint, name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const gcsConfig = z.strictObject({
  bucket: name.describe('Closed to the public, or it is refused.'),
  prefix,
  project: name.optional().describe('The id of the project that pays; that of the credentials when absent.'),
  endpoint,
  kmsKey: name.optional().describe('Resource name of the key that the bucket encrypts under (CMEK).'),
  retentionDays: days
    .optional()
    .describe(
      'How long what is replaced or deleted must stay restorable; `credence check` looks whether the bucket keeps it.',
    ),
})
export type GcsConfig = z.output<typeof gcsConfig>
