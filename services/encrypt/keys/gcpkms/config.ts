import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { KEY_NAME, KEY_NAME_FORM } from '#clouds/gcp/key-name.ts'
import { formerKeys } from '../former-keys.ts'

export const gcpKmsConfig = z.strictObject({
  key: z
    .string()
    .regex(KEY_NAME, { error: `expected ${KEY_NAME_FORM}` })
    .describe('The resource name of the key, without a version.'),
  endpoint: name.optional().describe('A regional or private endpoint, or an emulator.'),
  formerKeys,
})
export type GcpKmsConfig = z.output<typeof gcpKmsConfig>
