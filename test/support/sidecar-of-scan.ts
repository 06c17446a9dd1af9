import { decide } from '#services/scan/verdict/decide.ts'
import { policySchema, type Policy } from '#core/decision.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { WindowScan } from '#services/scan/scan-window.ts'

/** What would be kept of a scan; record i of window w is called `w<w>-<i>`. */
export function sidecarOf(scan: WindowScan, window: number, seed: number): Sidecar {
  const policy: Policy = policySchema.parse({})
  return {
    version: 1,
    window: `w${window}`,
    policy,
    seed,
    detectors: scan.detectors,
    notes: scan.notes,
    certified: false,
    campaigns: scan.campaigns,
    ...(scan.spared !== undefined && { spared: scan.spared }),
    records: decide(scan.risk, policy).map((decision, index) => ({
      id: `w${window}-${index}`,
      index,
      risk: scan.risk[index]!,
      decision,
      issues: scan.issues[index]!,
    })),
    map: scan.map,
  }
}
