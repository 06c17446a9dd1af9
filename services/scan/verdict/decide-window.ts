import type { Decision, Policy } from '#core/decision.ts'
import { decide } from './decide.ts'

/**
 * The decisions of a whole window. One that was not scanned is held whole, whatever the policy says of risks: nothing is
 * admitted unscanned. Pure, so that it can be replayed from the sidecar.
 */
export function decideWindow(risk: Float64Array, policy: Policy, unscanned: string | undefined): Decision[] {
  return unscanned === undefined ? decide(risk, policy) : Array.from(risk, () => 'quarantine' as const)
}
