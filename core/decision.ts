import { z } from 'zod'

export const DECISIONS = ['admit', 'quarantine', 'reject'] as const
export type Decision = (typeof DECISIONS)[number]

/**
 * How risk becomes a decision.
 * - `innocentShare`: hold as many records as possible while at most this share of the held ones is expected to be innocent.
 * - `reviewBudget`: hold the riskiest records, at most this many per window.
 * - `risk`: hold every record with at least this risk.
 */
export const policySchema = z.strictObject({
  hold: z
    .union([
      z.strictObject({
        innocentShare: z
          .number()
          .gt(0)
          .lt(1)
          .describe('Hold as many as possible while at most this share of them is expected to be innocent.'),
      }),
      z.strictObject({
        reviewBudget: z.int().nonnegative().describe('Hold the riskiest, at most this many a window.'),
      }),
      z.strictObject({ risk: z.number().min(0).max(1).describe('Hold from this risk on.') }),
    ])
    .default({ risk: 0.5 })
    .describe('What is held for review.'),
  rejectAbove: z
    .number()
    .min(0)
    .max(1.01)
    .default(1.01)
    .describe('From this risk on a record is rejected without review; 1.01 never rejects unseen.'),
})
export type Policy = z.infer<typeof policySchema>
