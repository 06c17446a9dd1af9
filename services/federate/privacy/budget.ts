import { createAccountant, type NoisyRounds } from './accountant.ts'

/** What a federation may spend in all. */
export interface PrivacyBudget {
  readonly epsilon: number
  readonly delta: number
}

/** The ε that all of these rounds spend together, and whether the budget allows them. */
export function spend(history: readonly NoisyRounds[], budget: PrivacyBudget): { epsilon: number; allowed: boolean } {
  const accountant = createAccountant()
  for (const rounds of history) accountant.add(rounds)
  const epsilon = accountant.epsilon(budget.delta)
  return { epsilon, allowed: epsilon <= budget.epsilon }
}
