import { z } from 'zod'
import { count } from './common.ts'

/** A record as people read it. */
export const sampleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('image'),
      height: count,
      width: count,
      channels: z.union([z.literal(1), z.literal(3)]),
      pixels: z.string().describe('Height × width × channels bytes, row-major, 0 black to 255 white; base64.'),
    }),
    z.strictObject({
      kind: z.literal('text'),
      parts: z.array(z.strictObject({ text: z.string(), suspect: z.boolean() })),
      length: count.describe('Of the whole text, in UTF-16 units.'),
    }),
    z.strictObject({
      kind: z.literal('exchange'),
      turns: z.array(
        z.strictObject({
          role: z.enum(['system', 'user', 'assistant', 'tool', 'prompt', 'response', 'rejected']),
          parts: z.array(z.strictObject({ text: z.string(), suspect: z.boolean() })),
          length: count.describe('Of the whole text, in UTF-16 units.'),
        }),
      ),
    }),
    z.strictObject({
      kind: z.literal('table'),
      cells: z.array(z.strictObject({ column: z.string(), value: z.string(), suspect: z.boolean() })),
    }),
    z.strictObject({ kind: z.literal('vector'), values: z.array(z.number()), length: count }),
    z.strictObject({ kind: z.literal('raw'), text: z.string() }),
  ])
  .meta({ id: 'Sample' })

export const sampleWarnings = z
  .array(z.string())
  .describe(
    'What to know before it is believed: that its contract cannot be had, that the catalog says something else.',
  )
