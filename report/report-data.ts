import type { FeatureSpec } from '#core/contract.ts'
import type { Decision, Policy } from '#core/decision.ts'
import type { DeadReason } from '#core/record.ts'
import type { Campaign, DetectorInfo, Issue } from '#core/score.ts'
import type { WindowCounts } from '#core/window.ts'
import type { Sample } from '#present/sample.ts'
import type { Repeated } from '#present/repeated.ts'
import type { PlantedTruth } from '#present/planted.ts'

/** All that a report shows, as plain data: whoever makes it has opened the sidecars and the held records already. */
export interface ReportData {
  readonly title: string
  /** ISO 8601. The report itself reads no clock: same data, same bytes. */
  readonly createdAt: string
  readonly version: string
  readonly dataFolder: string
  /** The configuration's file, for the commands to try; absent where they find it by themselves. */
  readonly config?: string | undefined
  readonly seed: number
  /** Of a scan, which keeps nothing: the command that lists all that it flagged. Its report gives no command that needs a pipeline. */
  readonly scanned?: { readonly list: string } | undefined
  /** How long the run took; null where it is not known. */
  readonly seconds: number | null
  readonly datasets: readonly DatasetReport[]
  /** What was planted, where that is known: a demonstration. */
  readonly planted?: PlantedTruth | undefined
  /** Further commands to try, after what the campaigns ask for. */
  readonly next: readonly { readonly command: string; readonly why: string }[]
}

export interface DatasetReport {
  readonly name: string
  readonly kind: FeatureSpec['kind']
  readonly counts: WindowCounts
  /** Records staged and not yet scanned. */
  readonly pending: number
  /** Of the rejected: what had been admitted, and was recalled since. */
  readonly recalled?: number | undefined
  readonly policy: Policy
  /** The risk that a record was held from, if the policy came down to one. */
  readonly threshold: number | null
  readonly certified: boolean
  readonly detectors: readonly DetectorInfo[]
  readonly notes: readonly string[]
  /** Files that repeat an earlier one. */
  readonly repeated?: readonly Repeated[] | undefined
  readonly deadLetters: readonly { readonly reason: DeadReason; readonly count: number }[]
  readonly windows: readonly WindowReport[]
  /** Of all windows; those with the same id are shown as one. */
  readonly campaigns: readonly CampaignReport[]
  /** The flagged records to show; `pickShown` chooses them. */
  readonly flagged: readonly FlaggedReport[]
}

export interface WindowReport {
  readonly id: string
  /** Why no detector looked at it, where none did: its risks are no risks. */
  readonly unscanned?: string | undefined
  readonly ordinal: number
  /** n record ids, in order. */
  readonly ids: readonly string[]
  /** n risks, 0 to 1. */
  readonly risk: ArrayLike<number>
  /** n × 2, row-major. */
  readonly map: ArrayLike<number>
  /** n indices into `names`, −1 where there is none; null where the dataset has no labels. */
  readonly labels: { readonly of: ArrayLike<number>; readonly names: readonly string[] } | null
  /** Indices of the records that were held or rejected. */
  readonly held: ArrayLike<number>
}

export interface CampaignReport {
  /** Id of the window it was found in. */
  readonly window: string
  readonly campaign: Campaign
  /** Some of its members, to look at. */
  readonly samples: readonly { readonly id: string; readonly sample: Sample }[]
}

export interface FlaggedReport {
  readonly id: string
  /** Why no detector looked at it, where none did. */
  readonly unscanned?: string | undefined
  /** Id of its window, and its place there. */
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

/** How many flagged records of a dataset a report shows at most. */
const FLAGGED_SHOWN = 100

/**
 * At most `limit` of `rows`, taking turns between groups (the campaign, or else the family) so that a large campaign does not
 * crowd out the rest; within a group in the order given. The result keeps the order given.
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
