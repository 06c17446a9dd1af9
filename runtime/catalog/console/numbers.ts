import { json, type CatalogContext } from '../context.ts'
import { fromText, toText } from '../text.ts'
import type { SqlValue } from '../sql.ts'
import { scopeClause, type Scope } from './scope.ts'

export interface DayRow {
  /** `2026-03-01`, UTC. */
  readonly day: string
  readonly dataset: string
  readonly windows: number
  readonly received: number
  readonly admitted: number
  readonly quarantined: number
  readonly rejected: number
  readonly deadLettered: number
}

export interface ContributorRow {
  readonly dataset: string
  readonly contributor: string
  /** The number of records in quarantine now. */
  readonly held: number
  readonly rejected: number
  readonly released: number
}

/** The held records of a campaign. */
export interface HeldOfCampaign {
  readonly dataset: string
  readonly campaign: string
  readonly records: number
  /** How many of them are in quarantine. */
  readonly waiting: number
  readonly windows: readonly string[]
  /** The contributor of most of them; null if nobody is named. */
  readonly most: string | null
  /** The number of contributors. */
  readonly contributors: number
}

/** The numbers of a dashboard, over some datasets or (null) all. */
export interface NumberCatalog {
  /** What was staged on each of the last days, as scanned, before any review. */
  days(datasets: readonly string[] | null, days: number): Promise<DayRow[]>
  held(datasets: readonly string[] | null): Promise<{ records: number; unscanned: number; oldestAt: Date | null }>
  /** Those with the most held or rejected records first. */
  contributors(datasets: readonly string[] | null, limit: number): Promise<ContributorRow[]>
  /**
   * For each person (`null`: nobody), how many records wait for their decision, and how many for longer than this many hours;
   * the most first.
   */
  workload(
    datasets: readonly string[] | null,
    hours: number | null,
  ): Promise<{ assignee: string | null; waiting: number; overdue: number }[]>
  /** For each campaign, its held records in these scopes, or (null) all of them. */
  ofCampaigns(scopes: readonly Scope[] | null): Promise<HeldOfCampaign[]>
}

export function numberCatalog({ sql, now }: CatalogContext): NumberCatalog {
  const among = (datasets: readonly string[] | null) => (datasets === null ? null : json(datasets.map(toText)))
  return {
    async days(datasets, days) {
      const rows = await sql.query<DayRow>(
        `select to_char(staged_at at time zone 'UTC', 'YYYY-MM-DD') as day, dataset, count(*)::integer as windows,
           sum(records + dead_letters - redrives)::integer as received, sum(admitted)::integer as admitted,
           sum(quarantined)::integer as quarantined, sum(rejected)::integer as rejected,
           sum(dead_letters)::integer as "deadLettered"
         from windows where ($1::text is null or dataset in (${LIST}))
           and staged_at > coalesce($2::timestamptz, clock_timestamp()) - make_interval(days => $3::integer)
         group by 1, 2 order by 1, 2`,
        [among(datasets), now(), days],
      )
      return rows.map((row) => ({ ...row, dataset: fromText(row.dataset) }))
    },

    async held(datasets) {
      const [row] = await sql.query<{ records: number; unscanned: number; oldest: Date | null }>(
        `select count(*)::integer as records, min(windows.scanned_at) as oldest,
           (count(*) filter (where coalesce(jsonb_array_length(windows.detectors), 0) = 0))::integer as unscanned
         from flagged join windows on windows.id = window_id
         where standing = 'quarantined' and ($1::text is null or flagged.dataset in (${LIST}))`,
        [among(datasets)],
      )
      return { records: row?.records ?? 0, unscanned: row?.unscanned ?? 0, oldestAt: row?.oldest ?? null }
    },

    async contributors(datasets, limit) {
      const rows = await sql.query<ContributorRow>(
        `select dataset, contributor, (count(*) filter (where standing = 'quarantined'))::integer as held,
           (count(*) filter (where standing = 'rejected'))::integer as rejected,
           (count(*) filter (where standing = 'released'))::integer as released
         from flagged where contributor is not null and ($1::text is null or dataset in (${LIST}))
         group by 1, 2 order by count(*) filter (where standing in ('quarantined', 'rejected')) desc, 1, 2
         limit $2::integer`,
        [among(datasets), limit],
      )
      return rows.map((row) => ({
        ...row,
        dataset: fromText(row.dataset),
        contributor: fromText(row.contributor),
      }))
    },

    async workload(datasets, hours) {
      const rows = await sql.query<{ assignee: string | null; waiting: number; overdue: number }>(
        `select assignee, count(*)::integer as waiting, (count(*) filter (
             where windows.scanned_at < coalesce($2::timestamptz, clock_timestamp()) - make_interval(hours => $3::integer)
           ))::integer as overdue
         from flagged join windows on windows.id = window_id
         where standing = 'quarantined' and ($1::text is null or flagged.dataset in (${LIST}))
         group by 1 order by 2 desc, 1 nulls last limit 50`,
        [among(datasets), now(), hours],
      )
      return rows.map((row) => ({ ...row, assignee: row.assignee === null ? null : fromText(row.assignee) }))
    },

    async ofCampaigns(scopes) {
      const values: SqlValue[] = []
      const where = scopes === null ? 'true' : scopeClause(scopes, (value) => `$${values.push(value)}`)
      const rows = await sql.query<HeldOfCampaign>(
        `select dataset, campaign, count(*)::integer as records,
           (count(*) filter (where standing = 'quarantined'))::integer as waiting,
           jsonb_agg(distinct window_id) as windows, mode() within group (order by contributor) as most,
           count(distinct contributor)::integer as contributors
         from flagged where campaign is not null and ${where} group by 1, 2`,
        values,
      )
      return rows.map((row) => ({
        ...row,
        dataset: fromText(row.dataset),
        campaign: fromText(row.campaign),
        most: row.most === null ? null : fromText(row.most),
      }))
    },
  }
}

const LIST = 'select jsonb_array_elements_text($1::text::jsonb)'
