import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { contributorOf, labelOf, type DataRecord } from '#core/record.ts'
import type { ScanResult } from '#core/score.ts'
import { encodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { NewFlagged, ScanOutcome } from '#runtime/catalog/catalog.ts'
import { loadDetectors } from './own-detectors.ts'
import { buildInput } from './view/build-input.ts'
import { decideWindow } from './verdict/decide-window.ts'
import { scanOrHold } from './verdict/scan-or-hold.ts'
import { scanWindow } from './scan-window.ts'
import type { Engine } from './numeric/engine.ts'
import { withModel } from './model/with-model.ts'

export interface ScoreTask {
  readonly window: string
  /** The staged object's content: encoded records. */
  readonly plaintext: Uint8Array
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  /** The user's own model, in place of the probe: a file in ONNX or TensorFlow.js layers format. */
  readonly model?: string | undefined
  /** Modules with detectors of one's own: they score beside the others. */
  readonly detectors?: readonly string[] | undefined
  /** Why the window is not to be scanned, but held whole. */
  readonly unscanned?: string | undefined
}

export interface ScoredWindow extends Omit<ScanOutcome, 'scores'> {
  /** The encoded sidecar, still in clear. */
  readonly sidecar: Uint8Array
}

/**
 * Records in, sidecar and catalog rows out: everything of a scan that needs a processor, so that it can run in a worker
 * thread. Pure: the same task gives the same bytes.
 */
export async function scoreWindow(task: ScoreTask, engine?: Engine): Promise<ScoredWindow> {
  const records = decodeRecords(task.plaintext)
  const notes: string[] = []
  const own = await loadDetectors(task.detectors ?? [])
  const options = { own, ...(engine === undefined ? {} : { engine }) }
  const { result, unscanned } = await scanOrHold(records.length, task.unscanned, async () => {
    const input = buildInput(records, task.contract, task.seed)
    if (task.model === undefined) return scanWindow(input, options)
    return scanWindow(await withModel(input, { path: task.model, contract: task.contract, notes }), options)
  })
  const decisions = decideWindow(result.risk, task.policy, unscanned)
  const sidecar: Sidecar = {
    version: 1,
    window: task.window,
    policy: task.policy,
    seed: task.seed,
    detectors: result.detectors,
    notes: [...notes, ...result.notes],
    ...(unscanned !== undefined && { unscanned }),
    certified: result.certified,
    campaigns: result.campaigns,
    records: records.map((record, index) => ({
      id: record.id,
      index,
      risk: result.risk[index] ?? 1,
      decision: decisions[index] ?? 'quarantine',
      issues: result.issues[index] ?? [],
    })),
    map: result.map,
  }
  const count = (decision: string) => decisions.filter((made) => made === decision).length
  return {
    sidecar: encodeSidecar(sidecar),
    counts: { admitted: count('admit'), quarantined: count('quarantine'), rejected: count('reject') },
    flagged: flaggedRows(records, sidecar, result, task.contract),
    campaigns: result.campaigns.map(({ id, family, label, members, evidence }) => ({
      id,
      family,
      label: label ?? null,
      members: members.length,
      evidence,
    })),
    detectors: result.detectors,
  }
}

/** What the catalog keeps of a held record: no evidence, which may quote the record. */
function flaggedRows(
  records: readonly DataRecord[],
  sidecar: Sidecar,
  result: ScanResult,
  contract: Contract,
): NewFlagged[] {
  const campaignOf = new Map<number, string>()
  for (const campaign of result.campaigns)
    for (const member of campaign.members) if (!campaignOf.has(member)) campaignOf.set(member, campaign.id)
  const rows: NewFlagged[] = []
  for (const { id, index, risk, decision, issues } of sidecar.records) {
    if (decision === 'admit') continue
    const record = records[index]
    if (record === undefined) continue
    rows.push({
      record: id,
      index,
      risk,
      decision,
      families: issues.map((issue) => issue.family),
      campaign: campaignOf.get(index) ?? null,
      contributor: contributorOf(record, contract),
      label: labelOf(record, contract),
    })
  }
  return rows
}
