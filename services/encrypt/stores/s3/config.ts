import { z } from 'zod'
import { region } from '#clouds/aws/config.ts'
import { endpoint, name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const s3Config = z.strictObject({
  bucket: name.describe('A general purpose bucket, closed to the public, or it is refused.'),
  prefix,
  region,
  endpoint,
  kmsKey: name.optional().describe('ARN of the key that the bucket encrypts under (SSE-KMS).'),
  objectLock: z
    .strictObject({
      mode: z
        .enum(['GOVERNANCE', 'COMPLIANCE'])
        .describe('GOVERNANCE lets who has the permission delete earlier; COMPLIANCE lets nobody.'),
      days: days.describe('For how many days.'),
    })
    .optional()
    .describe('How long records and manifests can be neither replaced nor deleted; the bucket allows it.'),
})
export type S3Config = z.output<typeof s3Config>
