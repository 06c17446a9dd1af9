import type { Decision, Policy } from '#core/decision.ts'
import { AppError } from '#core/errors.ts'
import type { DataRecord, Provenance } from '#core/record.ts'
import type { DetectorInfo, Effort, Issue } from '#core/score.ts'
import type { MemoryRef } from '#core/sidecar.ts'
import type { Standing } from '#runtime/catalog/catalog.ts'
import { decideWindow } from '#services/scan/verdict/decide-window.ts'
import { readWindow, type OpenedWindow } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'

/** Why a record was admitted or held: everything that led to its decision. */
export interface Explanation {
  readonly record: string
  readonly dataset: string
  readonly provenance: Provenance
  readonly window: { readonly id: string; readonly ordinal: number; readonly index: number; readonly records: number }
  readonly manifest: { readonly path: string; readonly sha256: string } | null
  /** SHA-256 of the contract, hex. */
  readonly contract: string | null
  readonly policy: Policy
  readonly seed: number
  readonly detectors: readonly DetectorInfo[]
  /** Whether every detector scanned the window, or only those of a quick scan, which suspected nothing. */
  readonly effort: Effort
  /** Names of the detectors that speak against the record, strongest first; null if its scan did not store them. */
  readonly spoke: readonly string[] | null
  /** What detectors could not do in its window, and why. */
  readonly notes: readonly string[]
  readonly certified: boolean
  /** The memory that it was judged with, and the ordinal of the window up to which that was taught. */
  readonly memory: MemoryRef | null
  /** Why no detector scanned its window, which was then held whole; null if it was scanned. */
  readonly unscanned: string | null
  readonly risk: number
  readonly issues: readonly Issue[]
  readonly campaign: { readonly id: string; readonly summary: string; readonly evidence: number } | null
  readonly decision: Decision
  /**
   * The decision derived again from what is stored, and whether this gives the stored decision for every record of the window.
   */
  readonly rederived: { readonly decision: Decision | undefined; readonly wholeWindowAgrees: boolean }
  readonly standing: Standing | 'admitted'
}

/**
 * Explains a committed record, and derives its decision again. Throws `not_found` if no committed window has it, `corrupt` if
 * stored data does not verify.
 */
export async function explainRecord(system: SigningSystem, id: string, dataset?: string): Promise<Explanation> {
  const found = await find(system, id, dataset)
  if (found === null) throw new AppError('not_found', `no committed window holds a record ${id}`)
  const { opened, index, record, dataset: name } = found
  const { sidecar } = opened
  const scored = sidecar.records[index]
  if (scored === undefined) throw new AppError('corrupt', `window ${opened.row.id} has no score for ${id}`)
  const again = decideWindow(
    Float64Array.from(sidecar.records, ({ risk }) => risk),
    sidecar.policy,
    sidecar.unscanned,
  )
  const [flagged] = await system.catalog.flagged.list({ records: [id], dataset: name })
  const link = await system.chain.find(name, { kind: 'window', window: opened.row.id })
  const campaign = sidecar.campaigns.find(({ members }) => members.includes(index))
  return {
    record: id,
    dataset: name,
    provenance: record.provenance,
    window: { id: opened.row.id, ordinal: opened.row.ordinal, index, records: sidecar.records.length },
    manifest: link === null ? null : { path: link.path, sha256: link.sha256 },
    contract: link?.statement.predicate.contract?.sha256 ?? null,
    policy: sidecar.policy,
    seed: sidecar.seed,
    detectors: sidecar.detectors,
    effort: sidecar.effort ?? 'full',
    spoke: spokenBy(scored.issues),
    notes: sidecar.notes,
    certified: sidecar.certified,
    memory: sidecar.memory ?? null,
    unscanned: sidecar.unscanned ?? null,
    risk: scored.risk,
    issues: scored.issues,
    campaign:
      campaign === undefined ? null : { id: campaign.id, summary: campaign.summary, evidence: campaign.evidence },
    decision: scored.decision,
    rederived: {
      decision: again[index],
      wholeWindowAgrees: sidecar.records.every(({ decision }, i) => decision === again[i]),
    },
    standing: flagged?.standing ?? 'admitted',
  }
}

function spokenBy(issues: readonly Issue[]): string[] | null {
  const kept = issues.flatMap(({ by }) => (by === undefined ? [] : [by]))
  return kept.length < issues.length ? null : [...new Set(kept.flat())]
}

interface Found {
  readonly dataset: string
  readonly opened: OpenedWindow
  readonly index: number
  readonly record: DataRecord
}

/** Finds a record: a held one in the catalog; an admitted one first in the window that its id suggests, then in all. */
async function find(system: SigningSystem, id: string, dataset: string | undefined): Promise<Found | null> {
  const filter = dataset === undefined ? {} : { dataset }
  const [flagged] = await system.catalog.flagged.list({ records: [id], ...filter })
  const windows = await system.catalog.windows.list({ ...filter, state: 'committed' })
  const partition = id.slice(0, Math.max(0, id.lastIndexOf('#')))
  const likely = windows.filter(
    (row) => row.id === flagged?.window || row.segments.some((segment) => segment.partition === partition),
  )
  const rest = windows.filter((row) => !likely.includes(row))
  for (const row of [...likely, ...rest]) {
    const opened = await readWindow(system, row)
    const index = opened.records.findIndex((record) => record.id === id)
    const record = opened.records[index]
    if (record !== undefined) return { dataset: row.dataset, opened, index, record }
  }
  return null
}
