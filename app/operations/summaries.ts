import type { WindowCounts } from '#core/window.ts'
import type { RepeatedDelivery } from '#runtime/catalog/catalog.ts'
import type { System } from '../system.ts'
import { listCampaigns } from './campaigns.ts'

/** What has happened to a dataset's records so far. */
export interface DatasetSummary {
  readonly dataset: string
  readonly counts: WindowCounts
  /** Records that are staged but not scanned: only after an interruption. */
  readonly pending: number
  /** How many of the rejected records had been admitted and were recalled later. */
  readonly recalled?: number
  readonly windows: number
  /** The number of campaigns over whose records a decision is possible, as the console lists them. */
  readonly campaigns: number
  /** Files that repeat an earlier one. */
  readonly repeated?: readonly RepeatedDelivery[]
}

const NOTHING: WindowCounts = { received: 0, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 0 }

/** The counts of every configured dataset, from the catalog. */
export async function summaries({ config, catalog }: Pick<System, 'config' | 'catalog'>): Promise<DatasetSummary[]> {
  const totals = await catalog.windows.totals()
  const campaigns = Map.groupBy(await listCampaigns({ catalog }, { whole: null, records: null }), (of) => of.dataset)
  const result: DatasetSummary[] = []
  for (const dataset of Object.keys(config.datasets)) {
    const nothing = { windows: 0, pending: 0, recalled: 0, ...NOTHING }
    const { windows, pending, recalled, ...counts } = totals.get(dataset) ?? nothing
    const repeated = await catalog.sources.repeated(dataset)
    const found = campaigns.get(dataset)?.length ?? 0
    result.push({ dataset, counts, pending, recalled, windows, campaigns: found, repeated })
  }
  return result
}

/** Received records that no other count includes; 0 if the counts add up. */
export function gapOf({ counts, pending }: Pick<DatasetSummary, 'counts' | 'pending'>): number {
  return counts.received - counts.admitted - counts.quarantined - counts.rejected - counts.deadLettered - pending
}

export function totalOf(datasets: readonly DatasetSummary[]): DatasetSummary {
  const sum = (value: (row: DatasetSummary) => number) => datasets.reduce((total, row) => total + value(row), 0)
  return {
    dataset: 'total',
    counts: {
      received: sum((row) => row.counts.received),
      admitted: sum((row) => row.counts.admitted),
      quarantined: sum((row) => row.counts.quarantined),
      rejected: sum((row) => row.counts.rejected),
      deadLettered: sum((row) => row.counts.deadLettered),
    },
    pending: sum((row) => row.pending),
    recalled: sum((row) => row.recalled ?? 0),
    windows: sum((row) => row.windows),
    campaigns: sum((row) => row.campaigns),
    repeated: datasets.flatMap((row) => row.repeated ?? []),
  }
}
