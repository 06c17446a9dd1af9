import { z } from 'zod'
import { region } from '#clouds/aws/config.ts'
import { endpoint, name } from '#clouds/config.ts'
import { days, prefix } from '../config.ts'

export const s3Config = z.strictObject({
  bucket: name,
  prefix,
  region,
  endpoint,
  kmsKey: name.optional().describe('ARN of the key that the bucket encrypts under (SSE-KMS).'),
  objectLock: z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days }).optional(),
})
export type S3Config = z.output<typeof s3Config>
