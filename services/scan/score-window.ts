import type { Contract } from '#core/contract.ts'
import type { Decision } from '#core/decision.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { contributorOf, labelOf, type DataRecord } from '#core/record.ts'
import { encodeSidecar, type MemoryRef, type Sidecar } from '#core/sidecar.ts'
import type { NewFlagged, ScanOutcome } from '#runtime/catalog/catalog.ts'
import { loadDetectors } from './own-detectors.ts'
import { scoreRecords, type RecordsTask } from './score-records.ts'
import type { Bulk, CleanHistory } from './calibrate/history.ts'
import { scanWindow } from './scan-window.ts'
import type { Engine } from './numeric/engine.ts'

export interface ScoreTask extends RecordsTask {
  /** The staged object's content: encoded records. */
  readonly plaintext: Uint8Array
  /** Modules with detectors of one's own: they score beside the others. */
  readonly detectors?: readonly string[] | undefined
  /** What earlier windows taught, and its name for the sidecar. */
  readonly memory?: { readonly history: CleanHistory; readonly ref: MemoryRef } | undefined
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
  const own = await loadDetectors(task.detectors ?? [])
  const { memory } = task
  const options = {
    own,
    ...(engine !== undefined && { engine }),
    ...(memory !== undefined && { history: memory.history }),
  }
  let taught: Bulk | undefined
  const scored = await scoreRecords(records, task, async (input) => {
    const { bulk, ...result } = await scanWindow(input, options)
    taught = bulk
    return result
  })
  const sidecar: Sidecar = {
    ...scored,
    ...(memory !== undefined && { memory: memory.ref }),
    ...(taught !== undefined && scored.unscanned === undefined && { taught }),
  }
  const count = (made: Decision) => sidecar.records.filter(({ decision }) => decision === made).length
  return {
    sidecar: encodeSidecar(sidecar),
    counts: { admitted: count('admit'), quarantined: count('quarantine'), rejected: count('reject') },
    flagged: flaggedRows(records, sidecar, task.contract),
    campaigns: sidecar.campaigns.map(({ id, family, label, members, evidence }) => ({
      id,
      family,
      label: label ?? null,
      members: members.length,
      evidence,
    })),
    detectors: sidecar.detectors,
  }
}

/** What the catalog keeps of a held record: no evidence, which may quote the record. */
function flaggedRows(records: readonly DataRecord[], sidecar: Sidecar, contract: Contract): NewFlagged[] {
  const campaignOf = new Map<number, string>()
  for (const campaign of sidecar.campaigns)
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
