import type { Decision, Policy } from '#core/decision.ts'
import { decide } from './decide.ts'

/**
 * The decisions of a window. One that was not scanned is held as a whole, whatever the policy says: nothing is admitted
 * unscanned. Pure, so that a sidecar's decisions can be replayed.
 */
export function decideWindow(risk: Float64Array, policy: Policy, unscanned: string | undefined): Decision[] {
  return unscanned === undefined ? decide(risk, policy) : Array.from(risk, () => 'quarantine' as const)
}
