import { AppError } from '#core/errors.ts'
import { change, json, type CatalogContext } from '../context.ts'
import { fromText, toText } from '../text.ts'
import { conditions, findHeld, lookSubject, type HeldFilter, type HeldRow, type Place } from './held.ts'

export interface Note {
  readonly id: string
  readonly by: string
  readonly at: Date
  readonly text: string
}

/** What people write to each other about a held record. */
export interface DiscussionCatalog {
  /** Writes a note, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that has other contents. */
  note(place: Place, note: { readonly id: string; readonly by: string; readonly text: string }): Promise<Note>
  /** Oldest first. */
  notes(place: Place): Promise<Note[]>
  /**
   * Sets who is to decide, or (null) nobody, if `isAsShown` accepts the record. Throws `not_found`, and `conflict` (`stale`) if
   * it does not.
   */
  assign(place: Place, assignee: string | null, by: string, isAsShown: (row: HeldRow) => boolean): Promise<HeldRow>
  /** Distributes unassigned quarantined records that a filter finds among people, the riskiest in turn. Returns how many. */
  share(filter: HeldFilter, people: readonly string[], by: string): Promise<number>
}

export function discussionCatalog(context: CatalogContext): DiscussionCatalog {
  const { sql } = context
  return {
    note: ({ window, index }, { id, by, text }) =>
      change(context, async (tx) => {
        const inserted = await tx.query<NoteDbRow>(
          `insert into notes (id, window_id, place, author, written_at, body)
           values ($1, $2, $3::integer, $4, coalesce($5::timestamptz, clock_timestamp()), $6)
           on conflict do nothing returning *`,
          [id, window, index, toText(by), context.now(), toText(text)],
        )
        const [made] = inserted
        if (made !== undefined) {
          const subject = lookSubject({ window, index })
          return [toNote(made), { action: 'note.written', subject, detail: { note: id }, actor: by }]
        }
        const [there] = await tx.query<NoteDbRow>('select * from notes where id = $1', [id])
        if (
          there === undefined ||
          there.window_id !== window ||
          there.place !== index ||
          fromText(there.body) !== text
        ) {
          throw new AppError('conflict', 'this Idempotency-Key was used for another note', {
            reason: 'idempotency_reused',
          })
        }
        return [toNote(there), null]
      }),

    async notes({ window, index }) {
      const rows = await sql.query<NoteDbRow>(
        'select * from notes where window_id = $1 and place = $2::integer order by written_at, id',
        [window, index],
      )
      return rows.map(toNote)
    },

    assign: (place, assignee, by, isAsShown) =>
      change(context, async (tx) => {
        await tx.query('select 1 as one from flagged where window_id = $1 and place = $2::integer for update', [
          place.window,
          place.index,
        ])
        const row = await findHeld(tx, place)
        if (row === null) throw new AppError('not_found', `no held record ${lookSubject(place)}`)
        if (row.assignee === assignee) return [row, null]
        if (!isAsShown(row))
          throw new AppError('conflict', 'the record has changed since it was shown: look at it again', {
            reason: 'stale',
          })
        await tx.query('update flagged set assignee = $3 where window_id = $1 and place = $2::integer', [
          place.window,
          place.index,
          assignee === null ? null : toText(assignee),
        ])
        const note = { action: 'record.assigned', subject: lookSubject(place), detail: { assignee }, actor: by }
        return [{ ...row, assignee }, note]
      }),

    share: (filter, people, by) =>
      change(context, async (tx) => {
        const { where, values } = conditions(filter, context.now())
        const names = `$${values.push(json(people.map(toText)))}::text::jsonb`
        const shared = await tx.query<{ place: number }>(
          `update flagged set assignee = ${names} ->> ((nth % jsonb_array_length(${names}))::integer)
           from (
             select window_id, flagged.place, row_number() over (order by risk desc, window_id, flagged.place) - 1 as nth
             from flagged join windows on windows.id = flagged.window_id
             where ${where} and assignee is null and standing = 'quarantined') as found
           where flagged.window_id = found.window_id and flagged.place = found.place returning flagged.place`,
          values,
        )
        const records = shared.length
        if (records === 0) return [0, null]
        return [
          records,
          { action: 'records.shared', subject: by, detail: { records, people: people.length }, actor: by },
        ]
      }),
  }
}

interface NoteDbRow {
  readonly id: string
  readonly window_id: string
  readonly place: number
  readonly author: string
  readonly written_at: Date
  readonly body: string
}

function toNote({ id, author, written_at, body }: NoteDbRow): Note {
  return { id, by: fromText(author), at: written_at, text: fromText(body) }
}
