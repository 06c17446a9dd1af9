import { AppError } from '#core/errors.ts'
import type { DeadReason } from '#core/record.ts'
import type { DeadLetterCatalog, DeadLetterRow } from './catalog.ts'
import { change, json, type CatalogContext } from './context.ts'
import { fromText, textKey, toText } from './text.ts'

export function deadLetterCatalog(context: CatalogContext): DeadLetterCatalog {
  const { sql } = context
  return {
    /** Sorted by dataset, window and index there. */
    async list({ dataset, reason, state, ids, redrive, limit }) {
      const rows = await sql.query<DeadLetterDbRow>(
        `select dead_letters.* from dead_letters join windows on windows.id = window_id
         where ($1::text is null or dead_letters.dataset = $1) and ($2::text is null or reason = $2)
           and ($3::text is null or dead_letters.state = $3)
           and ($4::text is null or id_key in (select jsonb_array_elements_text($4::text::jsonb)))
           and ($5::text is null or redrive = $5)
         order by dead_letters.dataset, ordinal, place limit $6::integer`,
        [
          dataset === undefined ? null : toText(dataset),
          reason ?? null,
          state ?? null,
          ids === undefined ? null : json(ids.map(textKey)),
          redrive ?? null,
          limit ?? null,
        ],
      )
      return rows.map(toDeadLetter)
    },

    /** Counts those that are still open. */
    async countByReason(dataset) {
      const rows = await sql.query<{ dataset: string; reason: DeadReason; count: number }>(
        `select dataset, reason, count(*)::integer as count from dead_letters
         where state = 'open' and ($1::text is null or dataset = $1) group by dataset, reason
         order by dataset, count desc, reason`,
        [dataset === undefined ? null : toText(dataset)],
      )
      return rows.map((row) => ({ ...row, dataset: fromText(row.dataset) }))
    },

    failedAgain: (failures) =>
      change(context, async (tx) => {
        if (failures.length === 0) return [undefined, null]
        const rows = failures.map(({ id, reason, detail }) => ({ id_key: textKey(id), reason, detail: toText(detail) }))
        const changed = await tx.query<{ window_id: string }>(
          `update dead_letters set attempts = attempts + 1, reason = r.reason, detail = r.detail, redrive = null
           from jsonb_to_recordset($1::text::jsonb) as r(id_key text, reason text, detail text)
           where dead_letters.id_key = r.id_key and state = 'open' returning window_id`,
          [json(rows)],
        )
        if (changed.length !== failures.length) {
          throw new AppError('conflict', `${failures.length - changed.length} of the dead letters are not open`)
        }
        return [
          undefined,
          { action: 'deadletters.failed_again', subject: 'deadletters', detail: { count: failures.length } },
        ]
      }),
  }
}

export interface DeadLetterDbRow {
  readonly id: string
  readonly window_id: string
  readonly dataset: string
  readonly reason: DeadReason
  readonly detail: string
  readonly partition: string
  readonly position: string
  readonly contributor: string | null
  readonly attempts: number
  readonly state: DeadLetterRow['state']
  readonly created_at: Date
}

export function toDeadLetter(row: DeadLetterDbRow): DeadLetterRow {
  return {
    id: fromText(row.id),
    window: row.window_id,
    dataset: fromText(row.dataset),
    reason: row.reason,
    detail: fromText(row.detail),
    partition: fromText(row.partition),
    position: fromText(row.position),
    contributor: row.contributor === null ? null : fromText(row.contributor),
    attempts: row.attempts,
    state: row.state,
    createdAt: row.created_at,
  }
}
