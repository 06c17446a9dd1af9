import type { DeadReason } from '#core/record.ts'
import { AppError } from '#core/errors.ts'
import { change, json, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import { fromText, textKey, toText } from '../text.ts'

/** A requested redrive of dead letters; it continues after the page is closed. */
export interface RedriveRow {
  readonly id: string
  readonly ordinal: number
  readonly dataset: string
  readonly state: 'running' | 'done' | 'failed'
  /** Why it failed. */
  readonly says: string | null
  readonly askedBy: string
  readonly askedAt: Date
  /** The number of dead letters that it took up when it was requested. */
  readonly total: number
  /** How many of those became records. */
  readonly recovered: number
  /** How many of those are still to be tried. */
  readonly waiting: number
}

export interface RedriveChoice {
  readonly ids?: readonly string[] | undefined
  readonly reason?: DeadReason | undefined
  readonly limit?: number | undefined
}

export interface RedriveCatalog {
  /**
   * Takes up the chosen open dead letters that no other redrive has, or returns the existing redrive. Throws `conflict`
   * (`idempotency_reused`) if that is a different one.
   */
  ask(
    redrive: Pick<RedriveRow, 'id' | 'dataset' | 'askedBy'> & {
      readonly digest: string
      readonly choice: RedriveChoice
    },
  ): Promise<{ readonly redrive: RedriveRow; readonly isNew: boolean }>
  get(id: string): Promise<RedriveRow | null>
  /** Redrives of these datasets, or (null) of all; the latest first. */
  list(choice: {
    readonly datasets: readonly string[] | null
    readonly after: number | undefined
    readonly limit: number
  }): Promise<RedriveRow[]>
  /** Ends it. Dead letters that it did not try are free for another redrive. */
  end(id: string, state: 'done' | 'failed', says: string | null): Promise<RedriveRow>
  running(): Promise<RedriveRow[]>
}

export function redriveCatalog(context: CatalogContext): RedriveCatalog {
  const { sql, now } = context
  const select = async (on: Queryable, where: string, values: readonly (string | number | null)[]) =>
    (await on.query<RedriveDbRow>(`${SELECT} ${where}`, values)).map(toRedrive)
  const require = async (on: Queryable, id: string): Promise<RedriveRow> => {
    const [row] = await select(on, 'where id = $1', [id])
    if (row === undefined) throw new AppError('not_found', `there is no redrive ${id}`)
    return row
  }
  return {
    ask: ({ id, digest, dataset, askedBy, choice }) =>
      change<{ redrive: RedriveRow; isNew: boolean }>(context, async (tx) => {
        const inserted = await tx.query(
          `insert into redrives (id, digest, dataset, total, asked_by, asked_at)
           values ($1, $2, $3, 0, $4, coalesce($5::timestamptz, clock_timestamp()))
           on conflict (id) do nothing returning 1 as one`,
          [id, digest, toText(dataset), toText(askedBy), now()],
        )
        if (inserted.length === 0) {
          const [there] = await tx.query<{ digest: string }>('select digest from redrives where id = $1', [id])
          if (there?.digest === digest) return [{ redrive: await require(tx, id), isNew: false }, null]
          throw new AppError('conflict', 'this Idempotency-Key was used for another redrive', {
            reason: 'idempotency_reused',
          })
        }
        const { ids, reason, limit } = choice
        const taken = await tx.query(
          `update dead_letters set redrive = $1 where id_key in (
             select id_key from dead_letters join windows on windows.id = window_id
             where dead_letters.dataset = $2 and dead_letters.state = 'open' and redrive is null
               and ($3::text is null or reason = $3)
               and ($4::text is null or id_key in (select jsonb_array_elements_text($4::text::jsonb)))
             order by ordinal, place limit $5::integer for update of dead_letters)
           returning 1 as one`,
          [id, toText(dataset), reason ?? null, ids === undefined ? null : json(ids.map(textKey)), limit ?? null],
        )
        await tx.query('update redrives set total = $2::integer where id = $1', [id, taken.length])
        const detail = { dataset, letters: taken.length }
        return [
          { redrive: await require(tx, id), isNew: true },
          { action: 'redrive.asked', subject: id, detail, actor: askedBy },
        ]
      }),

    get: async (id) => (await select(sql, 'where id = $1', [id]))[0] ?? null,

    list: ({ datasets, after, limit }) =>
      select(
        sql,
        `where ($1::text is null or dataset in (select jsonb_array_elements_text($1::text::jsonb)))
           and ($2::integer is null or ordinal < $2::integer) order by ordinal desc limit $3::integer`,
        [datasets === null ? null : json(datasets.map(toText)), after ?? null, limit],
      ),

    end: (id, state, says) =>
      change(context, async (tx) => {
        const ended = await tx.query(
          `update redrives set state = $2, says = $3 where id = $1 and state = 'running' returning 1 as one`,
          [id, state, says === null ? null : toText(says)],
        )
        await tx.query("update dead_letters set redrive = null where redrive = $1 and state = 'open'", [id])
        const row = await require(tx, id)
        if (ended.length === 0) return [row, null]
        const { dataset, total, recovered, askedBy: actor } = row
        return [row, { action: `redrive.${state}`, subject: id, detail: { dataset, letters: total, recovered }, actor }]
      }),

    running: () => select(sql, "where state = 'running' order by ordinal", []),
  }
}

const COUNT = (state: string) =>
  `(select count(*)::integer from dead_letters l where l.redrive = redrives.id and l.state = '${state}')`
const SELECT = `select redrives.*, ${COUNT('redriven')} as recovered, ${COUNT('open')} as waiting from redrives`

interface RedriveDbRow {
  readonly id: string
  readonly ordinal: number
  readonly dataset: string
  readonly total: number
  readonly state: RedriveRow['state']
  readonly says: string | null
  readonly asked_by: string
  readonly asked_at: Date
  readonly recovered: number
  readonly waiting: number
}

function toRedrive(row: RedriveDbRow): RedriveRow {
  const { id, ordinal, state, total, recovered, waiting } = row
  return {
    id,
    ordinal,
    dataset: fromText(row.dataset),
    state,
    says: row.says === null ? null : fromText(row.says),
    askedBy: fromText(row.asked_by),
    askedAt: row.asked_at,
    total,
    recovered,
    waiting,
  }
}
