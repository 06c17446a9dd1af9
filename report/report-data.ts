import type { FeatureSpec } from '#core/contract.ts'
import type { Decision, Policy } from '#core/decision.ts'
import type { DeadReason } from '#core/record.ts'
import type { Campaign, DetectorInfo, Issue } from '#core/score.ts'
import type { WindowCounts } from '#core/window.ts'
import type { Sample } from '#present/sample.ts'
import type { Repeated } from '#present/repeated.ts'
import type { PlantedTruth } from '#present/planted.ts'

/** Everything that a report shows, as plain data: the sidecars and the held records were opened before. */
export interface ReportData {
  readonly title: string
  /** ISO 8601. The report itself reads no clock, so that the same data gives the same bytes. */
  readonly createdAt: string
  readonly version: string
  readonly dataFolder: string
  /** The configuration's file, for the suggested commands; absent if they find it by default. */
  readonly config?: string | undefined
  readonly seed: number
  /**
   * For a scan, which stores nothing: the command that lists everything it flagged. Its report suggests no command that needs a
   * pipeline.
   */
  readonly scanned?: { readonly list: string } | undefined
  /** The duration of the run; null if unknown. */
  readonly seconds: number | null
  readonly datasets: readonly DatasetReport[]
  /** What was planted, if that is known, as in a demonstration. */
  readonly planted?: PlantedTruth | undefined
  /** Further suggested commands, after those for the campaigns. */
  readonly next: readonly { readonly command: string; readonly why: string }[]
}

export interface DatasetReport {
  readonly name: string
  readonly kind: FeatureSpec['kind']
  readonly counts: WindowCounts
  /** Records that are staged but not scanned. */
  readonly pending: number
  /** How many of the rejected records had been admitted and were recalled later. */
  readonly recalled?: number | undefined
  readonly policy: Policy
  /** The risk from which records were held, if the policy resulted in one. */
  readonly threshold: number | null
  readonly certified: boolean
  readonly detectors: readonly DetectorInfo[]
  readonly notes: readonly string[]
  /** Files that repeat an earlier one. */
  readonly repeated?: readonly Repeated[] | undefined
  readonly deadLetters: readonly { readonly reason: DeadReason; readonly count: number }[]
  readonly windows: readonly WindowReport[]
  /** The campaigns of all windows; those with the same id are shown as one. */
  readonly campaigns: readonly CampaignReport[]
  /** The flagged records to show, which `pickShown` chose. */
  readonly flagged: readonly FlaggedReport[]
}

export interface WindowReport {
  readonly id: string
  /** Why no detector scanned it, in which case its risks mean nothing; absent if it was scanned. */
  readonly unscanned?: string | undefined
  readonly ordinal: number
  /** n record ids, in order. */
  readonly ids: readonly string[]
  /** n risks, 0 to 1. */
  readonly risk: ArrayLike<number>
  /** n × 2, row-major. */
  readonly map: ArrayLike<number>
  /** n indices into `names`, −1 for none; null if the dataset has no labels. */
  readonly labels: { readonly of: ArrayLike<number>; readonly names: readonly string[] } | null
  /** Indices of the records that were held or rejected. */
  readonly held: ArrayLike<number>
}

export interface CampaignReport {
  /** Id of the window in which it was found. */
  readonly window: string
  readonly campaign: Campaign
  /** Some of its members, to be shown. */
  readonly samples: readonly { readonly id: string; readonly sample: Sample }[]
}

export interface FlaggedReport {
  readonly id: string
  /** Why no detector scanned it; absent if it was scanned. */
  readonly unscanned?: string | undefined
  /** The id of its window, and its index there. */
  readonly window: string
  readonly index: number
  readonly risk: number
  readonly decision: Exclude<Decision, 'admit'>
  /** Strongest first. */
  readonly issues: readonly Issue[]
  readonly label: string | null
  readonly contributor: string | null
  /** Id of its campaign. */
  readonly campaign: string | null
  readonly sample: Sample
  /** The nearest records that were admitted, nearest first. */
  readonly neighbours?:
    | readonly { readonly id: string; readonly label: string | null; readonly sample: Sample }[]
    | undefined
}

/** The most flagged records of a dataset that a report shows. */
const FLAGGED_SHOWN = 100

/**
 * At most `limit` of `rows`, taken in turn from each group (the campaign, or else the family), so that a large campaign does not
 * displace the rest; within a group in the given order. The result keeps the given order.
 */
export function pickShown<Row>(rows: readonly Row[], groupOf: (row: Row) => string, limit = FLAGGED_SHOWN): Row[] {
  const groups = new Map<string, number[]>()
  for (const [at, row] of rows.entries()) {
    const group = groups.get(groupOf(row))
    if (group) group.push(at)
    else groups.set(groupOf(row), [at])
  }
  const picked: number[] = []
  for (let turn = 0; picked.length < Math.min(limit, rows.length); turn++) {
    for (const group of groups.values()) {
      const at = group[turn]
      if (at !== undefined && picked.length < limit) picked.push(at)
    }
  }
  return picked.sort((a, b) => a - b).flatMap((at) => rows.slice(at, at + 1))
}
