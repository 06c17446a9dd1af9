import type { Decision } from '#core/decision.ts'
import type { Family } from '#core/score.ts'
import type { FlaggedCatalog, FlaggedFilter, FlaggedRow, NewCampaign, Standing } from './catalog.ts'
import { json, type CatalogContext } from './context.ts'
import type { SqlValue } from './sql.ts'
import { fromText, textKey, toText } from './text.ts'

/** The condition that a detector scanned the window; other windows are held whole. */
const SCANNED = 'coalesce(jsonb_array_length(windows.detectors), 0) > 0'

export function flaggedCatalog({ sql }: CatalogContext): FlaggedCatalog {
  return {
    async list(filter) {
      const { where, values } = conditions(filter)
      const rows = await sql.query<FlaggedDbRow>(
        `select flagged.*, ${SCANNED} as scanned from flagged join windows on windows.id = window_id ${where}
         order by scanned desc, risk desc, flagged.dataset, ordinal, place limit $${values.length + 1}::integer`,
        [...values, filter.limit ?? null],
      )
      return rows.map(toFlagged)
    },

    /** Counts all that match; the filter's limit does not apply. */
    async count(filter) {
      const { where, values } = conditions(filter)
      const [row] = await sql.query<{ count: number }>(
        `select count(*)::integer as count from flagged join windows on windows.id = window_id ${where}`,
        values,
      )
      return row?.count ?? 0
    },

    /** Sorted by dataset and window, strongest evidence first. */
    async campaigns(dataset) {
      const rows = await sql.query<CampaignDbRow>(
        `select campaigns.*, dataset from campaigns join windows on windows.id = window_id
         where $1::text is null or dataset = $1 order by dataset, ordinal, evidence desc, place`,
        [dataset === undefined ? null : toText(dataset)],
      )
      return rows.map((row) => ({
        id: fromText(row.id),
        family: row.family,
        label: row.label === null ? null : fromText(row.label),
        members: row.members,
        evidence: row.evidence,
        dataset: fromText(row.dataset),
        window: row.window_id,
      }))
    },

    async tallies() {
      const rows = await sql.query<TallyDbRow>(TALLIES)
      return rows.map(({ window_id, dataset, ...tally }) => ({
        ...tally,
        window: window_id,
        dataset: fromText(dataset),
      }))
    },
  }
}

interface TallyDbRow {
  readonly dataset: string
  readonly window_id: string
  readonly quarantined: number
  readonly rejected: number
  readonly astray: number
}

/**
 * Counts per window: the scan's decisions, and the records that stand otherwise than their last review says or, without one,
 * than the scan decided.
 */
const TALLIES = `
  select dataset, window_id, count(*) filter (where decision = 'quarantine')::integer as quarantined,
    count(*) filter (where decision = 'reject')::integer as rejected,
    count(*) filter (where standing <> coalesce((
      select to_standing from review_records join reviews on reviews.id = review
      where review_records.window_id = flagged.window_id and flagged_place = flagged.place and state = 'applied'
      order by ordinal desc limit 1
    ), case decision when 'reject' then 'rejected' when 'quarantine' then 'quarantined' else standing end))::integer as astray
  from flagged group by dataset, window_id order by dataset, window_id`

function conditions(filter: FlaggedFilter): { where: string; values: SqlValue[] } {
  const clauses: string[] = []
  const values: SqlValue[] = []
  const add = (clause: (parameter: string) => string, value: SqlValue | undefined) => {
    if (value === undefined) return
    values.push(value)
    clauses.push(clause(`$${values.length}`))
  }
  const text = (value: string | undefined) => (value === undefined ? undefined : toText(value))
  add((p) => `flagged.dataset = ${p}`, text(filter.dataset))
  add((p) => `window_id = ${p}`, filter.window)
  add((p) => `campaign = ${p}`, text(filter.campaign))
  add((p) => `families @> to_jsonb(${p}::text)`, filter.family)
  add((p) => `standing = ${p}`, filter.standing)
  add((p) => `contributor = ${p}`, text(filter.contributor))
  add((p) => `label = ${p}`, text(filter.label))
  add((p) => `(${SCANNED}) = ${p}::boolean`, filter.scanned)
  add((p) => `(${SCANNED} and risk >= ${p}::double precision)`, filter.minRisk)
  add((p) => `(${SCANNED} and risk <= ${p}::double precision)`, filter.maxRisk)
  add(
    (p) => `record_key in (select jsonb_array_elements_text(${p}::text::jsonb))`,
    filter.records === undefined ? undefined : json(filter.records.map(textKey)),
  )
  return { where: clauses.length === 0 ? '' : `where ${clauses.join(' and ')}`, values }
}

interface CampaignDbRow extends NewCampaign {
  readonly dataset: string
  readonly window_id: string
}

export interface FlaggedDbRow {
  readonly window_id: string
  readonly place: number
  readonly dataset: string
  readonly record: string
  readonly risk: number
  readonly decision: Exclude<Decision, 'admit'>
  readonly families: readonly Family[]
  readonly scanned: boolean
  readonly campaign: string | null
  readonly contributor: string | null
  readonly label: string | null
  readonly standing: Standing
}

export function toFlagged(row: FlaggedDbRow): FlaggedRow {
  return {
    record: fromText(row.record),
    index: row.place,
    risk: row.risk,
    decision: row.decision,
    families: row.scanned ? row.families : [],
    scanned: row.scanned,
    campaign: row.campaign === null ? null : fromText(row.campaign),
    contributor: row.contributor === null ? null : fromText(row.contributor),
    label: row.label === null ? null : fromText(row.label),
    dataset: fromText(row.dataset),
    window: row.window_id,
    standing: row.standing,
  }
}
