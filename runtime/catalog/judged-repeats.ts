import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from './context.ts'
import { fromText, toText } from './text.ts'

/** A person's verdict on a repetition that a dataset's memory asks about. */
export interface RepeatVerdict {
  /** Number of the verdict in its dataset, in the order of time, from 1. */
  readonly number: number
  readonly campaign: string
  /** Whether the repetition is natural for the dataset, so that nobody is asked about it; false takes that back. */
  readonly isNatural: boolean
  /** Ordinal of the last window that was staged at that time: the memory learns of it with the next one. */
  readonly after: number
  readonly reason: string
  readonly actor: string
  readonly saidAt: Date
}

export interface RepeatCatalog {
  /** All verdicts on a dataset's repetitions, in order; the last one on a repetition counts. */
  all(dataset: string): Promise<RepeatVerdict[]>
  /** Throws `not_found` for a dataset without windows. */
  judge(
    dataset: string,
    verdict: Pick<RepeatVerdict, 'campaign' | 'isNatural' | 'reason' | 'actor'>,
  ): Promise<RepeatVerdict>
}

export function repeatCatalog(context: CatalogContext): RepeatCatalog {
  const { sql, now } = context
  return {
    async all(dataset) {
      const rows = await sql.query<RepeatDbRow>('select * from judged_repeats where dataset = $1 order by number', [
        toText(dataset),
      ])
      return rows.map(toVerdict)
    },

    judge: (dataset, { campaign, isNatural, reason, actor }) =>
      change(context, async (tx) => {
        // locked, as staging locks it: this decides which window learns of it
        const [row] = await tx.query<{ windows: number }>('select windows from datasets where name = $1 for update', [
          toText(dataset),
        ])
        if (row === undefined || row.windows === 0) throw new AppError('not_found', `${dataset} has no window yet`)
        const [before] = await tx.query<{ said: number }>(
          'select count(*)::integer as said from judged_repeats where dataset = $1',
          [toText(dataset)],
        )
        const [made] = await tx.query<RepeatDbRow>(
          `insert into judged_repeats (dataset, number, campaign, is_natural, after_window, reason, actor, said_at)
           values ($1, $2, $3, $4, $5, $6, $7, coalesce($8::timestamptz, clock_timestamp())) returning *`,
          [
            toText(dataset),
            (before?.said ?? 0) + 1,
            toText(campaign),
            isNatural,
            row.windows,
            toText(reason),
            toText(actor),
            now(),
          ],
        )
        if (made === undefined) throw new AppError('internal', 'the verdict was not returned')
        const action = isNatural ? 'repeat.natural' : 'repeat.asked_again'
        const detail = { number: made.number, campaign, after: row.windows, reason }
        return [toVerdict(made), { action, subject: dataset, detail, actor }]
      }),
  }
}

interface RepeatDbRow {
  readonly number: number
  readonly campaign: string
  readonly is_natural: boolean
  readonly after_window: number
  readonly reason: string
  readonly actor: string
  readonly said_at: Date
}

function toVerdict(row: RepeatDbRow): RepeatVerdict {
  const { number, is_natural: isNatural, after_window: after, said_at: saidAt } = row
  const [campaign, reason, actor] = [row.campaign, row.reason, row.actor].map(fromText) as [string, string, string]
  return { number, campaign, isNatural, after, reason, actor, saidAt }
}
