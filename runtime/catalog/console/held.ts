import type { FlaggedRow } from '../catalog.ts'
import { json, type CatalogContext } from '../context.ts'
import { toFlagged, type FlaggedDbRow } from '../flagged.ts'
import type { Queryable, SqlValue } from '../sql.ts'
import { fromText, textKey, toText } from '../text.ts'
import { scopeClause, type Scope } from './scope.ts'

/**
 * One condition on held records. `held` is in seconds; `staged` is a day, such as `2026-11-20`; a `place` is a number or a range
 * such as `3-17`; a `key` is a window and an index there, `<window>-3`; `words` are searched in the record's id.
 */
export interface HeldTerm {
  readonly field:
    | 'risk'
    | 'held'
    | 'staged'
    | 'dataset'
    | 'family'
    | 'standing'
    | 'decision'
    | 'is'
    | 'campaign'
    | 'contributor'
    | 'label'
    | 'assignee'
    | 'window'
    | 'record'
    | 'place'
    | 'key'
    | 'words'
  readonly negated: boolean
  readonly operator: '=' | '>' | '<' | '>=' | '<='
  /** Any of these values matches. */
  readonly values: readonly string[]
}

export interface HeldFilter {
  /** All of these terms must match. */
  readonly terms: readonly HeldTerm[]
  /** Only these datasets; null: all. */
  readonly datasets: readonly string[] | null
  /** In one of these scopes; null or absent: any. */
  readonly within?: readonly Scope[] | null | undefined
}

/** The name of a held record: its window and its index there. */
export interface Place {
  readonly window: string
  readonly index: number
}

export interface HeldRow extends FlaggedRow {
  readonly heldAt: Date
  /** The review that holds it until it is carried out. */
  readonly pending: string | null
  readonly assignee: string | null
  readonly notes: number
  /** The value of the field that its contract names for this; null if there is none. */
  readonly sensitivity: string | null
  /** The number of reviews that were made over it. */
  readonly revision: number
}

export type HeldSort = 'risk' | 'held' | 'place' | 'label' | 'contributor'

type Direction = 'ascending' | 'descending'

export interface HeldPage {
  readonly sort: HeldSort
  /** If absent, the usual direction of the sort. */
  readonly direction?: Direction | undefined
  readonly after?: Place | undefined
  readonly limit: number
}

export interface HeldCatalog {
  /**
   * A page of records, by the sort: riskiest, held longest, or earliest in its dataset first; or by label or contributor, where
   * records without one come first. By risk, records that were not scanned come last.
   */
  page(filter: HeldFilter, page: HeldPage): Promise<HeldRow[]>
  count(filter: HeldFilter): Promise<number>
  get(place: Place): Promise<HeldRow | null>
  /** Existing values of a field with this beginning, by name. */
  values(field: ValuedField, beginning: string, within: readonly Scope[] | null, limit: number): Promise<string[]>
  /** Counts of what a filter finds, computed in one pass. */
  breakdown(filter: HeldFilter, limit: number): Promise<HeldBreakdown>
  /** Who has opened it, oldest first. */
  looks(place: Place): Promise<{ readonly by: string; readonly at: string }[]>
}

interface HeldCount {
  readonly value: string | null
  readonly count: number
}

export interface HeldBreakdown {
  readonly records: number
  /** Null if nothing of it was scanned. */
  readonly lowestRisk: number | null
  /** The largest counts first; at most `limit` each. */
  readonly by: Readonly<Record<'dataset' | 'contributor' | 'campaign', readonly HeldCount[]>>
}

export const VALUED_FIELDS = ['dataset', 'campaign', 'contributor', 'label', 'assignee', 'window'] as const
export type ValuedField = (typeof VALUED_FIELDS)[number]

/** The action of the audit entry about opening a record; its subject is the window and the index. */
export const LOOKED = 'sample.opened'

export function lookSubject({ window, index }: Place): string {
  return `${window}-${index}`
}

export function heldCatalog({ sql, now }: CatalogContext): HeldCatalog {
  return {
    async page(filter, { sort, direction, after, limit }) {
      const isDown = (direction ?? ORDERS[sort].usual) === 'descending'
      const rows = async (part: string, after: Place | undefined, limit: number) => {
        const { where, values } = conditions(filter, now())
        const parameter = (value: SqlValue) => `$${values.push(value)}`
        const { behind, order } = ordered(ORDERS[sort].keys, isDown)
        const from = after === undefined ? '' : ` and ${behind(parameter(after.window), parameter(after.index))}`
        const found = await sql.query<HeldDbRow>(
          `${SELECT} where ${where} and ${part}${from} order by ${order} limit ${parameter(limit)}::integer`,
          values,
        )
        return found.map(toHeld)
      }
      if (sort !== 'risk') return rows('true', after, limit)
      // one part after the other, because no index has both in one order
      const parts = isDown ? [SCANNED, UNSCANNED] : [UNSCANNED, SCANNED]
      const last = after === undefined ? null : await findHeld(sql, after)
      const isInSecond = last !== null && last.scanned !== isDown
      const first = isInSecond ? [] : await rows(parts[0]!, after, limit)
      if (first.length === limit) return first
      return [...first, ...(await rows(parts[1]!, isInSecond ? after : undefined, limit - first.length))]
    },

    async count(filter) {
      const { where, values } = conditions(filter, now())
      const [row] = await sql.query<{ count: number }>(
        `select count(*)::integer as count ${FROM} where ${where}`,
        values,
      )
      return row?.count ?? 0
    },

    get: (place) => findHeld(sql, place),

    async values(field, beginning, within, limit) {
      const values: SqlValue[] = [toText(beginning), limit]
      const scope = within === null ? 'true' : scopeClause(within, (value) => `$${values.push(value)}`)
      const rows = await sql.query<{ value: string }>(
        `select distinct flagged.${COLUMNS[field]} as value from flagged
         where starts_with(flagged.${COLUMNS[field]}, $1) and ${scope}
         order by value limit $2::integer`,
        values,
      )
      return rows.map(({ value }) => fromText(value))
    },

    async breakdown(filter, limit) {
      const { where, values } = conditions(filter, now())
      const rows = await sql.query<BreakdownDbRow>(
        `select flagged.dataset, contributor, campaign, count(*)::integer as count, min(risk) filter (where ${SCANNED}) as risk,
           grouping(flagged.dataset, contributor, campaign) as without
         ${FROM} where ${where} group by grouping sets ((), (flagged.dataset), (contributor), (campaign))
         order by count desc, 1, 2, 3`,
        values,
      )
      const by = (field: 'dataset' | 'contributor' | 'campaign') =>
        rows
          .filter(({ without }) => without === WITHOUT[field])
          .slice(0, limit)
          .map((row) => ({ value: row[field] === null ? null : fromText(row[field]), count: row.count }))
      const whole = rows.find(({ without }) => without === WITHOUT.nothing)
      return {
        records: whole?.count ?? 0,
        lowestRisk: whole?.risk ?? null,
        by: { dataset: by('dataset'), contributor: by('contributor'), campaign: by('campaign') },
      }
    },

    async looks(place) {
      const rows = await sql.query<{ actor: string; at: string }>(
        'select actor, at from audit where subject = $1 and action = $2 order by seq',
        [lookSubject(place), LOOKED],
      )
      return rows.map(({ actor, at }) => ({ by: fromText(actor), at }))
    },
  }
}

/** A held record by its place; null where there is none. */
export async function findHeld(on: Queryable, { window, index }: Place): Promise<HeldRow | null> {
  const [row] = await on.query<HeldDbRow>(`${SELECT} where window_id = $1 and place = $2::integer`, [window, index])
  return row === undefined ? null : toHeld(row)
}

const SCANNED = '(coalesce(jsonb_array_length(windows.detectors), 0) > 0)'
const UNSCANNED = `not ${SCANNED}`
const FROM = 'from flagged join windows on windows.id = flagged.window_id'
const SELECT = `select flagged.*, ${SCANNED} as scanned, windows.scanned_at as held_at,
  (select count(*)::integer from notes where notes.window_id = flagged.window_id and notes.place = flagged.place) as notes,
  (select count(*)::integer from review_records r where r.window_id = flagged.window_id and r.flagged_place = flagged.place)
    as revision ${FROM}`
const COLUMNS = {
  dataset: 'dataset',
  campaign: 'campaign',
  contributor: 'contributor',
  label: 'label',
  assignee: 'assignee',
  window: 'window_id',
} as const satisfies Record<ValuedField, string>
const LIST = (parameter: string) => `select jsonb_array_elements_text(${parameter}::text::jsonb)`

/** The keys of each order: an index has these columns, so that only one page of it is read. */
const ORDERS: Readonly<Record<HeldSort, { readonly keys: readonly string[]; readonly usual: Direction }>> = {
  risk: { keys: ['risk', 'window_id', 'flagged.place'], usual: 'descending' },
  held: { keys: ['windows.scanned_at', 'windows.id', 'flagged.place'], usual: 'ascending' },
  place: { keys: ['windows.dataset', 'ordinal', 'flagged.place'], usual: 'ascending' },
  label: { keys: [nameOf('label'), 'window_id', 'flagged.place'], usual: 'ascending' },
  contributor: { keys: [nameOf('contributor'), 'window_id', 'flagged.place'], usual: 'ascending' },
}

/** All keys have one direction, so that they compare as one. */
function ordered(keys: readonly string[], isDown: boolean) {
  const row = keys.join(', ')
  return {
    order: keys.map((key) => `${key} ${isDown ? 'desc' : 'asc'}`).join(', '),
    behind: (window: string, index: string) =>
      `(${row}) ${isDown ? '<' : '>'} (select ${row} ${FROM} where window_id = ${window} and flagged.place = ${index}::integer)`,
  }
}

/** The expression of the index in 0020-orders.sql. */
function nameOf(column: 'label' | 'contributor'): string {
  return `(left(coalesce(flagged.${column}, ''), 200) collate "C")`
}

/** The SQL condition for rows of `FROM`; its parameters start at $1. */
export function conditions(filter: HeldFilter, now: string | null): { where: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const parameter = (value: SqlValue) => `$${values.push(value)}`
  const list = (all: readonly string[]) => LIST(parameter(json(all)))
  const clauses = filter.terms.map((term) => {
    const clause = clauseOf(term, parameter, list, now)
    return term.negated ? `(${clause}) is not true` : clause
  })
  if (filter.datasets !== null) clauses.push(`flagged.dataset in (${list(filter.datasets.map(toText))})`)
  if (filter.within !== undefined && filter.within !== null) clauses.push(scopeClause(filter.within, parameter))
  return { where: clauses.length === 0 ? 'true' : clauses.join(' and '), values }
}

function clauseOf(
  { field, operator, values }: HeldTerm,
  parameter: (value: SqlValue) => string,
  list: (values: readonly string[]) => string,
  now: string | null,
): string {
  const first = values[0] ?? ''
  switch (field) {
    case 'risk':
      return `(${SCANNED} and risk ${operator} ${parameter(Number(first))}::double precision)`
    case 'held': {
      const age = `extract(epoch from coalesce(${parameter(now)}::timestamptz, clock_timestamp()) - windows.scanned_at)`
      return `${age} ${operator} ${parameter(Number(first))}::double precision`
    }
    case 'staged':
      return `to_char(windows.staged_at at time zone 'UTC', 'YYYY-MM-DD') ${operator} ${parameter(first)}`
    case 'family':
      return `(${SCANNED} and exists (select 1 from jsonb_array_elements_text(families) as f where f in (${list(values)})))`
    case 'standing':
    case 'decision':
      return `${field} in (${list(values)})`
    case 'record':
      return `record_key in (${list(values.map(textKey))})`
    case 'place': {
      const ranges = values.map((value) => value.split('-').map(Number))
      const within = ranges.map(
        ([from = 0, to = from]) => `flagged.place between ${parameter(from)}::integer and ${parameter(to)}::integer`,
      )
      return `(${within.join(' or ')})`
    }
    case 'key':
      return `(flagged.window_id, flagged.place) in
        (select split_part(k, '-', 1), split_part(k, '-', 2)::integer from (${list(values)}) as keys (k))`
    case 'words':
      return `strpos(lower(record), lower(${parameter(toText(first))})) > 0`
    case 'is':
      return `(${values.map((value) => STATES[value] ?? 'false').join(' or ')})`
    default:
      return `flagged.${COLUMNS[field]} in (${list(values.map(toText))})`
  }
}

const STATES: Readonly<Record<string, string>> = {
  scanned: SCANNED,
  unscanned: UNSCANNED,
  grouped: 'campaign is not null',
  pending: 'pending_review is not null',
  assigned: 'assignee is not null',
  asked: 'exists (select 1 from opinion_requests q where q.window_id = flagged.window_id and q.place = flagged.place)',
  disputed: `(select count(distinct (verdict, coalesce(o.label, ''))) from opinions o
    where o.window_id = flagged.window_id and o.place = flagged.place) > 1`,
  noted: 'exists (select 1 from notes where notes.window_id = flagged.window_id and notes.place = flagged.place)',
}

/** The number by which PostgreSQL's `grouping` names each set: one bit for each column that is not in it. */
const WITHOUT = { nothing: 0b111, dataset: 0b011, contributor: 0b101, campaign: 0b110 } as const

interface BreakdownDbRow {
  readonly dataset: string | null
  readonly contributor: string | null
  readonly campaign: string | null
  readonly count: number
  readonly risk: number | null
  readonly without: number
}

interface HeldDbRow extends FlaggedDbRow {
  readonly sensitivity: string | null
  readonly pending_review: string | null
  readonly assignee: string | null
  readonly held_at: Date
  readonly notes: number
  readonly revision: number
}

function toHeld(row: HeldDbRow): HeldRow {
  const text = (value: string | null) => (value === null ? null : fromText(value))
  return {
    ...toFlagged(row),
    sensitivity: text(row.sensitivity),
    heldAt: row.held_at,
    pending: row.pending_review,
    assignee: text(row.assignee),
    notes: row.notes,
    revision: row.revision,
  }
}
