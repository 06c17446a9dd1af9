import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { KEY_NAME, KEY_NAME_FORM } from '#clouds/gcp/key-name.ts'
import { formerKeys } from '../former-keys.ts'

export const gcpKmsConfig = z.strictObject({
  key: z.string().regex(KEY_NAME, { error: `expected ${KEY_NAME_FORM}` }),
  endpoint: name.optional(),
  formerKeys,
})
export type GcpKmsConfig = z.output<typeof gcpKmsConfig>
