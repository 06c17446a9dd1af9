import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import { fromText, toText } from '../text.ts'
import { digestOf, insertParts, isTwos, OPEN, takesTwo } from './bulk-records.ts'
import { findBulk, SELECT_BULK, toBulk, type BulkAction, type BulkDbRow, type BulkRow } from './bulk-rows.ts'
import type { HeldFilter } from './held.ts'

export interface NewBulk {
  readonly id: string
  /** The digest of the whole request: it distinguishes a repeated request from another one with the same id. */
  readonly digest: string
  readonly query: string
  readonly reason: string
  readonly actor: string
}

export interface BulkPart {
  readonly part: number
  readonly dataset: string
  /** The number of all its records, whether or not they can still be decided over. */
  readonly size: number
  /** Ids of its records that are in quarantine and not held by another review. */
  readonly open: readonly string[]
  /** The review of the part that an undo reverses. */
  readonly undoes: string | null
}

export interface BulkCatalog {
  /** The digest of the records that a filter finds now. */
  digest(filter: HeldFilter): Promise<string>
  /**
   * Stores a decision with its records, or returns the existing one. Throws `conflict`: `stale` if the filter finds other
   * records than those of `recordsDigest`, `idempotency_reused` if the id is another decision's; `invalid` if it finds none. A
   * release of more than `releaseAlone` records, or of all held records of a campaign, waits for a second person.
   */
  add(
    bulk: NewBulk & { readonly action: Exclude<BulkAction, 'undo'> },
    filter: HeldFilter,
    recordsDigest: string,
    releaseAlone?: number,
  ): Promise<BulkRow>
  /** Whether a release of what a filter finds takes two people, by the rule of `add`. */
  takesTwo(filter: HeldFilter, releaseAlone: number): Promise<boolean>
  /** Throws `not_found`, `conflict` if no approval is pending, `denied` (`own_request`) for the person who made it. */
  approve(id: string, by: string): Promise<BulkRow>
  /** The person who made it may refuse it too. Throws `not_found`, `conflict` if no approval is pending. */
  refuse(id: string, by: string): Promise<BulkRow>
  /** Stores an undo of all of `undoes`. Throws `not_found`, `conflict` if that is not done, or was undone. */
  addUndo(bulk: NewBulk, undoes: string): Promise<BulkRow>
  get(id: string): Promise<BulkRow | null>
  /** The latest first. */
  list(choice: { readonly after: number | undefined; readonly limit: number }): Promise<BulkRow[]>
  /** Decisions that are neither done nor stopped, and need no approval. */
  unfinished(): Promise<BulkRow[]>
  /** The first part that is not done; null if all are. */
  nextPart(id: string): Promise<BulkPart | null>
  partDone(
    id: string,
    part: number,
    outcome: { readonly review: string | null; readonly skipped: number },
  ): Promise<void>
  /** Stops it with the code of the failure, or (null) lets it continue. */
  stopped(id: string, code: string | null, by: string): Promise<void>
}

export function bulkCatalog(context: CatalogContext): BulkCatalog {
  const { sql, now } = context
  return {
    digest: (filter) => digestOf(sql, filter, now()),

    takesTwo: (filter, releaseAlone) => takesTwo(sql, filter, now(), releaseAlone),

    approve: (id, by) => decideOver(context, id, by, 'given'),
    refuse: (id, by) => decideOver(context, id, by, 'refused'),

    add: (bulk, filter, recordsDigest, releaseAlone) =>
      change(context, async (tx) => {
        const there = await repeated(tx, bulk)
        if (there !== null) return [there, null]
        if ((await digestOf(tx, filter, now())) !== recordsDigest) {
          throw new AppError('conflict', 'the query finds other records than its preview did: look at it again', {
            reason: 'stale',
          })
        }
        await insertBulk(tx, bulk, now(), null)
        await insertParts(tx, bulk.id, filter, now())
        const mine = 'select window_id, place from bulk_records where bulk = $1'
        if (
          bulk.action === 'release' &&
          releaseAlone !== undefined &&
          (await isTwos(tx, mine, [bulk.id], releaseAlone))
        ) {
          await tx.query(`update bulk set approval = 'asked' where id = $1`, [bulk.id])
        }
        const row = await closeBulk(tx, bulk.id)
        if (row.records === 0) throw new AppError('invalid', 'nothing in quarantine matches; nothing was changed')
        const detail = { bulk: bulk.action, records: row.records, digest: recordsDigest, approval: row.approval }
        return [row, { action: 'bulk.added', subject: bulk.id, detail, actor: bulk.actor }]
      }),

    addUndo: (bulk, undoes) =>
      change(context, async (tx) => {
        const there = await repeated(tx, bulk)
        if (there !== null) return [there, null]
        await tx.query('select 1 as one from bulk where id = $1 for update', [undoes])
        const undone = await findBulk(tx, undoes)
        if (undone === null) throw new AppError('not_found', `there is no decision ${undoes} over a query`)
        const refuse = (why: string) => new AppError('conflict', `decision ${undoes} cannot be undone: ${why}`)
        if (undone.action === 'undo') throw refuse('it is an undo; make the decision again')
        if (undone.undoneBy !== null) throw refuse('it was undone')
        if (undone.approval === 'asked') throw refuse('it waits for a second person, who may refuse it')
        if (undone.approval === 'refused') throw refuse('it was refused, and did nothing')
        if (undone.partsDone < undone.parts && undone.failed === null) throw refuse('it is still being carried out')
        await insertBulk(tx, { ...bulk, action: 'undo' }, now(), undoes)
        await tx.query(
          `insert into bulk_parts (bulk, part, dataset, records)
           select $1, part, dataset, records - skipped from bulk_parts where bulk = $2 and review is not null`,
          [bulk.id, undoes],
        )
        await tx.query('update bulk set undone_by = $2 where id = $1', [undoes, bulk.id])
        const row = await closeBulk(tx, bulk.id)
        const detail = { bulk: 'undo', undoes, records: row.records }
        return [row, { action: 'bulk.added', subject: bulk.id, detail, actor: bulk.actor }]
      }),

    get: (id) => findBulk(sql, id),

    async list({ after, limit }) {
      const rows = await sql.query<BulkDbRow>(
        `${SELECT_BULK} where $1::integer is null or ordinal < $1::integer order by ordinal desc limit $2::integer`,
        [after ?? null, limit],
      )
      return rows.map(toBulk)
    },

    async unfinished() {
      const rows = await sql.query<BulkDbRow>(
        `${SELECT_BULK} where failed is null and (approval is null or approval = 'given') and exists (select 1 from bulk_parts p where p.bulk = bulk.id and not p.done)
         order by ordinal`,
      )
      return rows.map(toBulk)
    },

    async nextPart(id) {
      const [row] = await sql.query<{ part: number; dataset: string; records: number; undoes: string | null }>(
        `select part, dataset, records,
           (select undone.review from bulk join bulk_parts undone on undone.bulk = bulk.undoes
            where bulk.id = $1 and undone.part = bulk_parts.part) as undoes
         from bulk_parts where bulk = $1 and not done order by part limit 1`,
        [id],
      )
      if (row === undefined) return null
      const open = await sql.query<{ record: string }>(
        `select record from bulk_records join flagged using (window_id, place)
           join windows on windows.id = flagged.window_id
         where bulk = $1 and part = $2::integer and ${OPEN} order by ordinal, place`,
        [id, row.part],
      )
      const { part, dataset, records, undoes } = row
      return {
        part,
        dataset: fromText(dataset),
        size: records,
        undoes,
        open: open.map(({ record }) => fromText(record)),
      }
    },

    async partDone(id, part, { review, skipped }) {
      await sql.query(
        'update bulk_parts set done = true, review = $3, skipped = $4::integer where bulk = $1 and part = $2::integer',
        [id, part, review, skipped],
      )
    },

    stopped: (id, code, by) =>
      change(context, async (tx) => {
        const moved = await tx.query(
          'update bulk set failed = $2 where id = $1 and failed is distinct from $2 returning 1 as one',
          [id, code],
        )
        if (moved.length === 0) return [undefined, null]
        const action = code === null ? 'bulk.resumed' : 'bulk.stopped'
        return [undefined, { action, subject: id, detail: { code }, actor: by }]
      }),
  }
}

function decideOver(context: CatalogContext, id: string, by: string, approval: 'given' | 'refused'): Promise<BulkRow> {
  return change(context, async (tx) => {
    await tx.query('select 1 as one from bulk where id = $1 for update', [id])
    const row = await findBulk(tx, id)
    if (row === null) throw new AppError('not_found', `there is no decision ${id} over a query`)
    if (row.approval !== 'asked') throw new AppError('conflict', `decision ${id} waits for nobody`)
    if (approval === 'given' && row.actor === by) {
      throw new AppError('denied', 'who made it cannot approve it: that takes another person', {
        reason: 'own_request',
      })
    }
    await tx.query('update bulk set approval = $2, approved_by = $3 where id = $1', [
      id,
      approval,
      approval === 'given' ? toText(by) : null,
    ])
    const decided = await findBulk(tx, id)
    if (decided === null) throw new AppError('internal', 'a decision over a query was not kept')
    const action = approval === 'given' ? 'bulk.approved' : 'bulk.refused'
    return [decided, { action, subject: id, detail: { records: row.records }, actor: by }]
  })
}

async function repeated(tx: Queryable, { id, digest }: NewBulk): Promise<BulkRow | null> {
  const [there] = await tx.query<{ digest: string }>('select digest from bulk where id = $1', [id])
  if (there === undefined) return null
  if (there.digest === digest) return findBulk(tx, id)
  throw new AppError('conflict', 'this Idempotency-Key was used for another decision', { reason: 'idempotency_reused' })
}

async function insertBulk(
  tx: Queryable,
  { id, digest, action, query, reason, actor }: NewBulk & { readonly action: BulkAction },
  now: string | null,
  undoes: string | null,
): Promise<void> {
  await tx.query(
    `insert into bulk (id, digest, action, query, reason, actor, undoes, made_at, parts, records)
     values ($1, $2, $3, $4, $5, $6, $7, coalesce($8::timestamptz, clock_timestamp()), 0, 0)`,
    [id, digest, action, toText(query), toText(reason), toText(actor), undoes, now],
  )
}

/** Stores the totals of the inserted parts. */
async function closeBulk(tx: Queryable, id: string): Promise<BulkRow> {
  await tx.query(
    `update bulk set parts = (select count(*) from bulk_parts where bulk = $1),
       records = (select coalesce(sum(records), 0) from bulk_parts where bulk = $1) where id = $1`,
    [id],
  )
  const row = await findBulk(tx, id)
  if (row === null) throw new AppError('internal', 'a decision over a query was not kept')
  return row
}
