import { createAccountant, type NoisyRounds } from './accountant.ts'

/** The total privacy that a federation may spend. */
export interface PrivacyBudget {
  readonly epsilon: number
  readonly delta: number
}

/** The ε that all these rounds spend together, and whether the budget allows it. */
export function spend(history: readonly NoisyRounds[], budget: PrivacyBudget): { epsilon: number; allowed: boolean } {
  const accountant = createAccountant()
  for (const rounds of history) accountant.add(rounds)
  const epsilon = accountant.epsilon(budget.delta)
  return { epsilon, allowed: epsilon <= budget.epsilon }
}
