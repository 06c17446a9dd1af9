import type { Decision } from '#core/decision.ts'
import type { Campaign, DetectorInfo, Issue } from '#core/score.ts'

export interface ScannedRecord {
  /** Index in the input, from 0. */
  readonly index: number
  readonly id: string
  readonly risk: number
  readonly decision: Decision
  /** Strongest first. */
  readonly issues: readonly Issue[]
  /** Why no detector scanned the record; absent if it was scanned. Such a record is held, but nothing speaks against it. */
  readonly unscanned?: string | undefined
  readonly label?: string | undefined
  readonly contributor?: string | undefined
  /** Line of the input, from 1; absent if it has no lines. */
  readonly line?: number | undefined
}

export interface ScanOutput {
  /** What was scanned: a path or a URI. */
  readonly input: string
  readonly version: string
  /** Every record, in input order. */
  readonly records: readonly ScannedRecord[]
  readonly deadLetters: readonly { readonly reason: string; readonly count: number }[]
  readonly campaigns: readonly Campaign[]
  readonly detectors: readonly DetectorInfo[]
  readonly certified: boolean
  readonly notes: readonly string[]
}

export function isHeld(record: ScannedRecord): boolean {
  return record.decision !== 'admit'
}

/** Whether something speaks against a record. A record that was not scanned is held too, but is no finding. */
export function isFlagged(record: ScannedRecord): boolean {
  return isHeld(record) && record.unscanned === undefined
}

/** The number of records that were not scanned, by reason. */
export function unscannedIn({
  records,
}: Pick<ScanOutput, 'records'>): { readonly why: string; readonly count: number }[] {
  const groups = Map.groupBy(records, ({ unscanned }) => unscanned)
  return [...groups].flatMap(([why, { length: count }]) => (why === undefined ? [] : [{ why, count }]))
}

/** Whether no detector scanned any record. */
export function isNothingScanned({ records, detectors }: Pick<ScanOutput, 'records' | 'detectors'>): boolean {
  return detectors.length === 0 && records.some(({ unscanned }) => unscanned !== undefined)
}
