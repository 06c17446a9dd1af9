import { z } from 'zod'
import { name } from '#clouds/config.ts'

/** How a message's bytes become records; the same for every stream. */
export const messageConfig = {
  format: z
    .enum(['auto', 'json', 'jsonl', 'avro', 'text'])
    .default('auto')
    .describe('auto goes by the content type and the first bytes of each message.'),
  schemas: name.optional().describe('Avro: one schema (.avsc), or a registry file that maps ids to schemas.'),
}

/** A time from which to read. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
