import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { messageConfig } from '../../messages/config.ts'

export const pubsubConfig = z.strictObject({
  project: name.describe('The id of the project of the subscription.'),
  subscription: name.describe('Its short name; one of its own for this dataset.'),
  endpoint: z.url().optional().describe('A regional or private endpoint (https://host), or an emulator.'),
  lanes: z.int().min(1).max(64).default(4).describe('Streams that are read at once, over all processes together.'),
  contributor: z
    .union([
      z.literal('ordering-key'),
      z.strictObject({ attribute: name.describe('The attribute of a message that holds the name.') }),
    ])
    .optional()
    .describe('What names who delivered a message.'),
  ...messageConfig,
})
export type PubSubConfig = z.output<typeof pubsubConfig>
