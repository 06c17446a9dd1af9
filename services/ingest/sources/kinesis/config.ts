import { z } from 'zod'
import { region } from '#clouds/aws/config.ts'
import { endpoint, name } from '#clouds/config.ts'
import { instant, messageConfig } from '../../messages/config.ts'

export const kinesisConfig = z.strictObject({
  stream: name.describe('Its name or its ARN.'),
  region,
  endpoint,
  mode: z
    .enum(['polling', 'fan-out'])
    .default('polling')
    .describe('fan-out has a throughput of its own, where other readers share what polling gets.'),
  consumer: name.default('credence').describe('The name of the enhanced fan-out consumer.'),
  start: z
    .union([z.enum(['TRIM_HORIZON', 'LATEST']), instant])
    .default('TRIM_HORIZON')
    .describe('Where reading begins that has no position yet; or a time.'),
  contributor: z.literal('partition-key').optional().describe('What names who delivered a record.'),
  ...messageConfig,
})
export type KinesisConfig = z.output<typeof kinesisConfig>
