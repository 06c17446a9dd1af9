import type { DeadReason } from '#core/record.ts'
import type { WindowState } from '#core/window.ts'
import type { AuditEntry } from '../../audit/log.ts'
import type { DeadLetterRow, ReviewRow, WindowRow } from '../catalog.ts'
import { toEntry, type AuditDbRow } from '../audit.ts'
import { json, type CatalogContext } from '../context.ts'
import { toDeadLetter, type DeadLetterDbRow } from '../dead-letters.ts'
import type { SqlValue } from '../sql.ts'
import { fromText, toText } from '../text.ts'
import { toWindow, type WindowDbRow } from '../window-rows.ts'
import type { Place } from './held.ts'
import { scopeClause, type Scope } from './scope.ts'

/** Only these datasets; null: all. */
type Datasets = readonly string[] | null

/** A review without the ids of its records, which may be very many. */
export interface ReviewHead extends Omit<ReviewRow, 'records' | 'signature' | 'manifest'> {
  readonly records: number
  /** Number of the review in the order in which they were made. */
  readonly ordinal: number
}

export interface LetterRow extends DeadLetterRow {
  readonly index: number
}

/** Lists in pages, the latest first; each page continues after the given place. */
export interface ListCatalog {
  windows(choice: {
    readonly datasets: Datasets
    readonly state: WindowState | undefined
    readonly after: string | undefined
    readonly limit: number
  }): Promise<WindowRow[]>
  letters(choice: {
    readonly datasets: Datasets
    readonly reason: DeadReason | undefined
    readonly state: DeadLetterRow['state'] | undefined
    readonly after: Place | undefined
    readonly limit: number
  }): Promise<LetterRow[]>
  letter(place: Place): Promise<LetterRow | null>
  reviews(choice: {
    readonly datasets: Datasets
    readonly action?: ReviewRow['action'] | undefined
    readonly after: number | undefined
    readonly limit: number
  }): Promise<ReviewHead[]>
  review(id: string): Promise<ReviewHead | null>
  /** Whether everything that a review or a decision over a query concerns is in one of the scopes. */
  isWithin(over: { readonly review: string } | { readonly bulk: string }, scopes: readonly Scope[]): Promise<boolean>
  /** The reviews that were made over a record, oldest first. */
  reviewsOf(place: Place): Promise<ReviewHead[]>
  audit(choice: {
    readonly actor: string | undefined
    readonly action: string | undefined
    readonly subject: string | undefined
    readonly after: number | undefined
    readonly limit: number
  }): Promise<AuditEntry[]>
}

export function listCatalog({ sql }: CatalogContext): ListCatalog {
  const among = (datasets: Datasets) => (datasets === null ? null : json(datasets.map(toText)))
  const reviews = async (where: string, values: readonly (string | number | null)[]) =>
    (await sql.query<ReviewHeadDbRow>(`${REVIEWS} ${where}`, values)).map(toHead)
  return {
    async windows({ datasets, state, after, limit }) {
      const rows = await sql.query<WindowDbRow>(
        `select * from windows where ($1::text is null or dataset in (${LIST})) and ($2::text is null or state = $2)
           and ($3::text is null or (staged_at, id) < (select staged_at, id from windows where id = $3))
         order by staged_at desc, id desc limit $4::integer`,
        [among(datasets), state ?? null, after ?? null, limit],
      )
      return rows.map(toWindow)
    },

    async letters({ datasets, reason, state, after, limit }) {
      const rows = await sql.query<LetterDbRow>(
        `select * from dead_letters where ($1::text is null or dataset in (${LIST})) and ($2::text is null or reason = $2)
           and ($3::text is null or state = $3)
           and ($4::text is null or (created_at, window_id, place) <
             (select created_at, window_id, place from dead_letters where window_id = $4 and place = $5::integer))
         order by created_at desc, window_id desc, place desc limit $6::integer`,
        [among(datasets), reason ?? null, state ?? null, after?.window ?? null, after?.index ?? null, limit],
      )
      return rows.map((row) => ({ ...toDeadLetter(row), index: row.place }))
    },

    async letter({ window, index }) {
      const [row] = await sql.query<LetterDbRow>(
        'select * from dead_letters where window_id = $1 and place = $2::integer',
        [window, index],
      )
      return row === undefined ? null : { ...toDeadLetter(row), index: row.place }
    },

    reviews: ({ datasets, action, after, limit }) =>
      reviews(
        `where ($1::text is null or dataset in (${LIST})) and ($2::integer is null or ordinal < $2::integer)
           and ($3::text is null or action = $3)
         order by ordinal desc limit $4::integer`,
        [among(datasets), after ?? null, action ?? null, limit],
      ),

    review: async (id) => (await reviews('where id = $1', [id]))[0] ?? null,

    reviewsOf: ({ window, index }) =>
      reviews(
        `where id in (select review from review_records where window_id = $1 and flagged_place = $2::integer)
         order by ordinal`,
        [window, index],
      ),

    async isWithin(over, scopes) {
      const [from, id] =
        'review' in over
          ? [
              'review_records r join flagged on flagged.window_id = r.window_id and flagged.place = r.flagged_place where r.review',
              over.review,
            ]
          : [
              'bulk_records r join flagged on flagged.window_id = r.window_id and flagged.place = r.place where r.bulk',
              over.bulk,
            ]
      const values: SqlValue[] = [id]
      const scope = scopeClause(scopes, (value) => `$${values.push(value)}`)
      const [row] = await sql.query<{ within: boolean | null }>(
        `select bool_and(${scope}) as within from ${from} = $1`,
        values,
      )
      return row?.within === true
    },

    async audit({ actor, action, subject, after, limit }) {
      const text = (value: string | undefined) => (value === undefined ? null : toText(value))
      const rows = await sql.query<AuditDbRow>(
        `select * from audit where ($1::text is null or actor = $1) and ($2::text is null or action = $2)
           and ($3::text is null or subject = $3) and ($4::bigint is null or seq < $4::bigint)
         order by seq desc limit $5::integer`,
        [text(actor), action ?? null, text(subject), after ?? null, limit],
      )
      return rows.map(toEntry)
    },
  }
}

const LIST = 'select jsonb_array_elements_text($1::text::jsonb)'
const REVIEWS = `select reviews.*, (select count(*)::integer from review_records where review = reviews.id) as records
  from reviews`

interface LetterDbRow extends DeadLetterDbRow {
  readonly place: number
}

interface ReviewHeadDbRow {
  readonly id: string
  readonly ordinal: number
  readonly dataset: string
  readonly action: ReviewRow['action']
  readonly undoes: string | null
  readonly undone_by: string | null
  readonly reason: string
  readonly actor: string
  readonly state: ReviewRow['state']
  readonly created_at: Date
  readonly records: number
}

function toHead(row: ReviewHeadDbRow): ReviewHead {
  return {
    id: row.id,
    ordinal: row.ordinal,
    dataset: fromText(row.dataset),
    action: row.action,
    undoes: row.undoes,
    undoneBy: row.undone_by,
    reason: fromText(row.reason),
    actor: fromText(row.actor),
    state: row.state,
    records: row.records,
    createdAt: row.created_at,
  }
}
