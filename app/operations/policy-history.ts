import { policySchema, type Policy } from '#core/decision.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { datasetOf, type SigningSystem } from '../system.ts'

/** Consecutive windows that were decided under the same policy, contract and detectors, by the signed links of their chain. */
export interface PolicyPeriod {
  /** Null if the link has a policy that this version does not support. */
  readonly policy: Policy | null
  /** SHA-256 of the contract's file. */
  readonly contract: string | null
  readonly detectors: readonly { readonly name: string; readonly version: number }[]
  /** The first and the last of its windows. */
  readonly from: PolicyWindow
  readonly to: PolicyWindow
  readonly windows: number
  readonly admitted: number
  readonly quarantined: number
  readonly rejected: number
}

interface PolicyWindow {
  readonly window: string
  readonly ordinal: number
}

export interface PolicyHistory {
  /** The policy for the next window. */
  readonly inForce: Policy
  /** The latest first. */
  readonly periods: readonly PolicyPeriod[]
}

/**
 * The policies, contracts and detectors under which a dataset's windows were decided; every link is verified. Throws as the
 * chain does.
 */
export async function policyHistory(system: SigningSystem, dataset: string): Promise<PolicyHistory> {
  const periods: PolicyPeriod[] = []
  let last = ''
  for await (const { ordinal, statement } of system.chain.links(dataset)) {
    const { kind, window, policy, contract, detectors = [], counts } = statement.predicate
    if (kind !== 'window' || window === undefined) continue
    const decides = { policy: policy ?? null, contract: contract?.sha256 ?? null, detectors } as unknown as Value
    const before = canonicalJson(decides) === last ? periods.pop() : undefined
    last = canonicalJson(decides)
    const { admitted = 0, quarantined = 0, rejected = 0 } = counts ?? {}
    periods.push({
      policy: policySchema.safeParse(policy).data ?? null,
      contract: contract?.sha256 ?? null,
      detectors,
      from: before?.from ?? { window, ordinal },
      to: { window, ordinal },
      windows: (before?.windows ?? 0) + 1,
      admitted: (before?.admitted ?? 0) + admitted,
      quarantined: (before?.quarantined ?? 0) + quarantined,
      rejected: (before?.rejected ?? 0) + rejected,
    })
  }
  return { inForce: datasetOf(system, dataset).dataset.policy, periods: periods.reverse() }
}
