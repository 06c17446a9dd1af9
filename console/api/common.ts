import { z } from 'zod'
import { ERROR_CODES } from '#core/errors.ts'
import { LONGEST_QUERY } from './query/fields.ts'

/** Every answer that is no success (RFC 9457). `code` and `reason` are the product's own: docs/errors.md has a row for each. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('https://credence.dev/problems/<reason, or else code>'),
    title: z.string().describe('The code in words.'),
    status: z.int(),
    detail: z.string().describe('What is wrong and what to do, in a sentence; never a payload.'),
    code: z.enum(ERROR_CODES),
    reason: z.string().nullable().describe('Finer than the code, from a closed list.'),
    problems: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Of a request that its schema refuses: each thing that is wrong.'),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>

export const name = z.string().min(1).max(200)
export const time = z.iso.datetime().describe('UTC, ISO 8601.')
export const windowId = z.string().regex(/^[0-9a-f]{32}$/)
export const reviewId = z.string().regex(/^[0-9a-f-]{8,64}$/)
/** Names a held record where its id, which came with the data, cannot: in an address. */
export const recordKey = z
  .string()
  .regex(/^[0-9a-f]{32}-\d{1,9}$/)
  .describe('The window of a held record, and its place there.')
export const reason = z.string().trim().min(1).max(2000).describe('Why: it is signed with the decision and audited.')
export const count = z.int().nonnegative()

export const LIMITS = { page: 500, queryCharacters: LONGEST_QUERY, noteCharacters: 10_000 } as const

export const pageQuery = {
  cursor: z.string().max(400).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(LIMITS.page).default(50),
}

export function page<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable().describe('Null on the last page.') })
}

export const query = z
  .string()
  .max(LIMITS.queryCharacters)
  .default('')
  .describe('Such as `risk>0.9 dataset:mail family:trigger held:>3d`; empty is everything that is held.')
