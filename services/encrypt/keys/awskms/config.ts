import { z } from 'zod'
import { region } from '#clouds/aws/config.ts'
import { endpoint, name } from '#clouds/config.ts'
import { formerKeys } from '../former-keys.ts'

export const awsKmsConfig = z.strictObject({
  key: name.describe('ARN or alias of a symmetric KMS key.'),
  region,
  endpoint,
  formerKeys,
})
export type AwsKmsConfig = z.output<typeof awsKmsConfig>
