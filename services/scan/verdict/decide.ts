import type { Decision, Policy } from '#core/decision.ts'

/**
 * One decision per record, from the window's risks and the policy alone. Pure, so that it can be replayed from what is
 * stored. Ties go to the lower index. A risk of NaN counts as 1: a record without a score is not admitted.
 */
export function decide(risk: Float64Array, policy: Policy): Decision[] {
  const known = risk.map((value) => (Number.isNaN(value) ? 1 : value))
  const decisions: Decision[] = Array.from(known, () => 'admit')
  for (const i of held(known, policy)) decisions[i] = 'quarantine'
  for (let i = 0; i < known.length; i++) if ((known[i] ?? 1) >= policy.rejectAbove) decisions[i] = 'reject'
  return decisions
}

function held(risk: Float64Array, policy: Policy): Int32Array {
  const { hold } = policy
  const order = byRisk(risk)
  if ('risk' in hold) return order.filter((i) => (risk[i] ?? 1) >= hold.risk)
  if ('reviewBudget' in hold) {
    // A rejected record costs no review, and a record without any risk is not worth one.
    const reviewable = order.filter((i) => (risk[i] ?? 1) < policy.rejectAbove && (risk[i] ?? 1) > 0)
    return reviewable.subarray(0, hold.reviewBudget)
  }
  return order.subarray(0, largestWithin(risk, order, hold.innocentShare))
}

/** How many of the riskiest records have together a mean probability of innocence of at most `share`. */
function largestWithin(risk: Float64Array, order: Int32Array, share: number): number {
  let innocent = 0
  let count = 0
  for (const i of order) {
    innocent += 1 - (risk[i] ?? 1)
    // The mean only grows along the order, so that no longer prefix can be within the share.
    if (innocent > share * (count + 1)) break
    count++
  }
  return count
}

function byRisk(risk: Float64Array): Int32Array {
  const order = Int32Array.from(risk, (_, i) => i)
  return order.sort((a, b) => (risk[b] ?? 0) - (risk[a] ?? 0) || a - b)
}
