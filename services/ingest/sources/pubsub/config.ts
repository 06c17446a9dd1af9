import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { messageConfig } from '../../messages/config.ts'

export const pubsubConfig = z.strictObject({
  project: name,
  subscription: name,
  endpoint: z.url().optional().describe('A regional or private endpoint (https://host), or an emulator.'),
  lanes: z.int().min(1).max(64).default(4).describe('Streams that are read at once, over all processes together.'),
  contributor: z
    .union([z.literal('ordering-key'), z.strictObject({ attribute: name })])
    .optional()
    .describe('What names who delivered a message.'),
  ...messageConfig,
})
export type PubSubConfig = z.output<typeof pubsubConfig>
