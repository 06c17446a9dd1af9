import type { Queryable, SqlValue } from '../sql.ts'
import { conditions, type HeldFilter } from './held.ts'

const FROM = 'from flagged join windows on windows.id = flagged.window_id'
/** The condition that a record can be decided over. */
export const OPEN = `standing = 'quarantined' and pending_review is null and windows.state = 'committed'`

export async function digestOf(on: Queryable, filter: HeldFilter, now: string | null): Promise<string> {
  const { where, values } = conditions(filter, now)
  const [row] = await on.query<{ digest: string | null }>(
    `select encode(sha256(convert_to(
       string_agg(window_id || '-' || flagged.place::text, ',' order by window_id, flagged.place), 'UTF8')), 'hex') as digest
     ${FROM} where ${where} and ${OPEN}`,
    values,
  )
  return row?.digest ?? 'none'
}

/** Whether releasing what a filter finds takes two people, decided like `isTwos`. */
export function takesTwo(
  on: Queryable,
  filter: HeldFilter,
  now: string | null,
  releaseAlone: number,
): Promise<boolean> {
  const { where, values } = conditions(filter, now)
  return isTwos(on, `select window_id, flagged.place ${FROM} where ${where} and ${OPEN}`, values, releaseAlone)
}

/**
 * Whether releasing these records takes two people: they are more than one person may release, or all held records of a
 * campaign.
 */
export async function isTwos(
  on: Queryable,
  records: string,
  values: readonly SqlValue[],
  releaseAlone: number,
): Promise<boolean> {
  const [row] = await on.query<{ records: number; whole: boolean }>(
    `with chosen as (${records}),
       campaigns as (
         select window_id, campaign, count(*) as members from chosen join flagged using (window_id, place)
         where campaign is not null group by window_id, campaign)
     select (select count(*)::integer from chosen) as records, exists (
       select 1 from campaigns where members > 1 and members = (
         select count(*) from flagged where flagged.window_id = campaigns.window_id
           and flagged.campaign = campaigns.campaign and standing = 'quarantined')) as whole`,
    [...values],
  )
  return row !== undefined && (row.whole || row.records > releaseAlone)
}

/** Records per review: so many are signed, held and written at once. */
const PART = 1000

/** Stores the records of a decision, in parts of one dataset each, in order of arrival. */
export async function insertParts(tx: Queryable, bulk: string, filter: HeldFilter, now: string | null): Promise<void> {
  const { where, values } = conditions(filter, now)
  const id = `$${values.push(bulk)}`
  const found = `select flagged.dataset, window_id, flagged.place,
      (row_number() over (partition by flagged.dataset order by ordinal, flagged.place) - 1) / ${PART} as run ${FROM}
    where ${where} and ${OPEN}`
  const ranked = `select *, (dense_rank() over (order by dataset, run) - 1)::integer as part from (${found}) as found`
  await tx.query(
    `insert into bulk_parts (bulk, part, dataset, records)
     select ${id}, part, dataset, count(*) from (${ranked}) as ranked group by part, dataset`,
    values,
  )
  await tx.query(
    `insert into bulk_records (bulk, part, window_id, place)
     select ${id}, part, window_id, place from (${ranked}) as ranked`,
    values,
  )
}
