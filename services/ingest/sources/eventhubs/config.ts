import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { instant, messageConfig } from '../../messages/config.ts'

export const eventHubsConfig = z.strictObject({
  namespace: name.optional().describe('Such as my-namespace.servicebus.windows.net; read under the managed identity.'),
  connectionStringEnv: name
    .optional()
    .describe('In place of the namespace: the name of the environment variable that holds a connection string.'),
  hub: name.describe('The event hub in that namespace.'),
  consumerGroup: name.default('$Default').describe('Of its own, unless nobody else reads.'),
  start: z
    .union([z.enum(['earliest', 'latest']), instant])
    .default('earliest')
    .describe('Where reading begins that has no position yet; or a time.'),
  checkpoints: z
    .url()
    .optional()
    .describe('A blob container that checkpoints are copied to, so that other tools see how far reading is.'),
  contributor: z.literal('partition-key').optional().describe('What names who delivered an event.'),
  ...messageConfig,
})
export type EventHubsConfig = z.output<typeof eventHubsConfig>
