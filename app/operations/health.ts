import { isAppError } from '#core/errors.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { type CanaryRecall, canariesIn } from '#services/scan/canaries/recall.ts'
import { type Moved, movedIn } from '#services/scan/drift/drift.ts'
import { readScores } from '../read-window.ts'
import { datasetOf, type SigningSystem } from '../system.ts'

/** The result of a window's scan as a whole. */
export interface ScanHealth {
  /** The risks of all its records, including admitted ones. */
  readonly risk: { readonly median: number; readonly high: number; readonly lowestHeld: number | null }
  readonly drifted: readonly Moved[]
  readonly canaries: CanaryRecall | null
}

export interface WindowHealth {
  readonly row: WindowRow
  /** Null if no detector scanned it, or its scores cannot be opened any more. */
  readonly scan: ScanHealth | null
}

/** The share of a window's records below its high risk. */
const HIGH = 0.99
/** The number of windows whose health is cached: a few numbers each, which do not change after the commit. */
const KEPT = 2000
const known = new WeakMap<SigningSystem, Map<string, ScanHealth | null>>()

/** The last windows that a dataset committed, in order. Throws `not_found` for an unknown dataset. */
export async function healthOf(system: SigningSystem, dataset: string, windows: number): Promise<WindowHealth[]> {
  datasetOf(system, dataset)
  const rows = await system.catalog.console.lists.windows({
    datasets: [dataset],
    state: 'committed',
    after: undefined,
    limit: windows,
  })
  const health: WindowHealth[] = []
  for (const row of rows.toReversed()) health.push({ row, scan: await scanHealth(system, row) })
  return health
}

async function scanHealth(system: SigningSystem, row: WindowRow): Promise<ScanHealth | null> {
  const kept = known.get(system) ?? new Map<string, ScanHealth | null>()
  known.set(system, kept)
  const key = `${row.id} ${row.manifest}`
  let scan = kept.get(key)
  if (scan === undefined) {
    scan = await opened(system, row)
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? '')
    kept.set(key, scan)
  }
  return scan
}

async function opened(system: SigningSystem, row: WindowRow): Promise<ScanHealth | null> {
  try {
    const { records, notes, unscanned } = await readScores(system, row)
    if (unscanned !== undefined || records.length === 0) return null
    return { risk: riskOf(records), drifted: movedIn(notes), canaries: canariesIn(notes) }
  } catch (error) {
    // the window's key was destroyed, or its object is damaged: report the others all the same
    if (isAppError(error, 'not_found') || isAppError(error, 'corrupt')) return null
    throw error
  }
}

function riskOf(records: Sidecar['records']): ScanHealth['risk'] {
  const risks = Float64Array.from(records, ({ risk }) => risk).sort()
  const at = (share: number) => risks[Math.min(risks.length - 1, Math.floor(share * risks.length))] ?? 0
  let lowestHeld: number | null = null
  for (const { risk, decision } of records)
    if (decision !== 'admit' && risk < (lowestHeld ?? Infinity)) lowestHeld = risk
  return { median: at(0.5), high: at(HIGH), lowestHeld }
}
