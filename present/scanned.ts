import type { Decision } from '#core/decision.ts'
import type { Campaign, DetectorInfo, Issue } from '#core/score.ts'

export interface ScannedRecord {
  /** Place in the input, from 0. */
  readonly index: number
  readonly id: string
  readonly risk: number
  readonly decision: Decision
  /** Strongest first. */
  readonly issues: readonly Issue[]
  readonly label?: string | undefined
  readonly contributor?: string | undefined
  /** Line of the input, from 1, where it has lines. */
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

export function isFlagged(record: ScannedRecord): boolean {
  return record.decision !== 'admit'
}
