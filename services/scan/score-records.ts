import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import type { DataRecord } from '#core/record.ts'
import type { ScanResult } from '#core/score.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { withModel } from './model/with-model.ts'
import { decideWindow } from './verdict/decide-window.ts'
import { scanOrHold } from './verdict/scan-or-hold.ts'
import { buildInput } from './view/build-input.ts'
import type { ScanInput } from './view/samples.ts'

export interface RecordsTask {
  readonly window: string
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  /** The user's own model, in place of the probe: a file in ONNX or TensorFlow.js layers format. */
  readonly model?: string | undefined
  /** Why the records are held without a scan; absent where they are scanned. */
  readonly unscanned?: string | undefined
}

/**
 * Records to decisions, for a window of the pipeline, a file or a library's caller alike. Records that are too few to
 * be scanned, or whose scan fails for good, are all held, with the reason in `unscanned`. Throws errors that are worth
 * another try, and `not_found` or `denied` where the model cannot be read.
 */
export async function scoreRecords(
  records: readonly DataRecord[],
  task: RecordsTask,
  scan: (input: ScanInput) => Promise<ScanResult>,
): Promise<Sidecar> {
  const { window, contract, policy, seed, model } = task
  const notes: string[] = []
  const { result, unscanned } = await scanOrHold(records.length, task.unscanned, async () => {
    const input = buildInput(records, contract, seed)
    return scan(model === undefined ? input : await withModel(input, { path: model, contract, notes }))
  })
  const decisions = decideWindow(result.risk, policy, unscanned)
  return {
    version: 1,
    window,
    policy,
    seed,
    detectors: result.detectors,
    notes: [...notes, ...result.notes],
    ...(result.effort !== undefined && { effort: result.effort }),
    ...(unscanned !== undefined && { unscanned }),
    certified: result.certified,
    campaigns: result.campaigns,
    ...(result.spared !== undefined && { spared: result.spared }),
    records: records.map((record, index) => ({
      id: record.id,
      index,
      risk: result.risk[index] ?? 1,
      decision: decisions[index] ?? 'quarantine',
      issues: result.issues[index] ?? [],
    })),
    map: result.map,
  }
}
