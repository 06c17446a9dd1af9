import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from './context.ts'
import { fromText, toText } from './text.ts'

/** Windows after `after` are not taught by the windows after `keeps`, up to and including `after`. */
export interface MemoryMark {
  /** Ordinal of the last window that was staged when the mark was made. */
  readonly after: number
  /** Ordinal of the last window before it that still teaches; 0 if none does. */
  readonly keeps: number
  readonly reason: string
  readonly actor: string
  readonly madeAt: Date
}

export interface MemoryCatalog {
  /** Sorted by window. */
  marks(dataset: string): Promise<MemoryMark[]>
  /**
   * Makes a mark: windows that are staged from now on are not taught by those after `keeps`. If no window was staged since the
   * last mark, it replaces that one. Throws `not_found` for a dataset without windows, `invalid` unless `keeps` is before the
   * last of them.
   */
  mark(dataset: string, mark: Pick<MemoryMark, 'keeps' | 'reason' | 'actor'>): Promise<MemoryMark>
}

export function memoryCatalog(context: CatalogContext): MemoryCatalog {
  const { sql, now } = context
  return {
    async marks(dataset) {
      const rows = await sql.query<MarkDbRow>('select * from memory_marks where dataset = $1 order by after_window', [
        toText(dataset),
      ])
      return rows.map(toMark)
    },

    mark: (dataset, { keeps, reason, actor }) =>
      change(context, async (tx) => {
        // locked, as staging locks it: this decides which windows come after the mark
        const [row] = await tx.query<{ windows: number }>('select windows from datasets where name = $1 for update', [
          toText(dataset),
        ])
        if (row === undefined || row.windows === 0) throw new AppError('not_found', `${dataset} has no window yet`)
        const after = row.windows
        if (keeps < 0 || keeps >= after)
          throw new AppError(
            'invalid',
            `${dataset} has ${after} windows: there is nothing behind window ${keeps} to forget`,
          )
        const [made] = await tx.query<MarkDbRow>(
          `insert into memory_marks (dataset, after_window, keeps, reason, actor, made_at)
           values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, clock_timestamp()))
           on conflict (dataset, after_window) do update set keeps = excluded.keeps, reason = excluded.reason,
             actor = excluded.actor, made_at = excluded.made_at returning *`,
          [toText(dataset), after, keeps, toText(reason), toText(actor), now()],
        )
        if (made === undefined) throw new AppError('internal', 'the mark was not returned')
        const action = keeps === 0 ? 'memory.reset' : 'memory.rolled_back'
        return [toMark(made), { action, subject: dataset, detail: { after, keeps, reason }, actor }]
      }),
  }
}

interface MarkDbRow {
  readonly after_window: number
  readonly keeps: number
  readonly reason: string
  readonly actor: string
  readonly made_at: Date
}

function toMark(row: MarkDbRow): MemoryMark {
  const { after_window: after, keeps, made_at: madeAt } = row
  return { after, keeps, reason: fromText(row.reason), actor: fromText(row.actor), madeAt }
}
