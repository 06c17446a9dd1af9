import { AppError } from '#core/errors.ts'
import type { NewAdmitted, NewReview, ReviewCatalog, ReviewRow, Standing } from './catalog.ts'
import { change, json, type CatalogContext } from './context.ts'
import { reviewDigest } from './review-digest.ts'
import type { Queryable } from './sql.ts'
import { fromText, textKey, toText } from './text.ts'

/**
 * Reviews change the standing of records: a release from quarantined to released, a reject from quarantined to rejected, a
 * recall from released to recalled; an undo reverses one. A record that a scan admitted counts as released when it is first
 * recalled. A change from or to `released` waits for the chain (`pending`, and holds its records meanwhile); others apply at
 * once. An undo cannot be undone: the decision must be made again.
 */
export function reviewCatalog(context: CatalogContext): ReviewCatalog {
  const { sql } = context
  return {
    add: (review, admitted = []) =>
      change(context, async (tx) => {
        const digest = reviewDigest(review)
        const [there] = await tx.query<{ digest: string }>('select digest from reviews where id = $1', [review.id])
        if (there !== undefined) {
          if (there.digest === digest) return [await requireReview(tx, review.id), null]
          throw new AppError('conflict', `there is another review ${review.id}`)
        }
        if (review.records.length === 0) throw new AppError('invalid', `review ${review.id} names no records`)
        const move = review.action === 'undo' ? await undoneMove(tx, review) : MOVES[review.action]
        if (review.action === 'recall') await insertAdmitted(tx, review.dataset, admitted)
        const places = await holdRecords(tx, review, move.from)
        const pending = move.from === 'released' || move.to === 'released'
        await tx.query(
          `insert into reviews (id, dataset, action, undoes, from_standing, to_standing, reason, actor, digest, keyid,
             signature, sealed, state, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending',
             coalesce($13::timestamptz, clock_timestamp()))`,
          [
            review.id,
            toText(review.dataset),
            review.action,
            review.undoes,
            move.from,
            move.to,
            toText(review.reason),
            toText(review.actor),
            digest,
            review.signature?.keyid ?? null,
            review.signature?.sig ?? null,
            review.sealed ?? null,
            context.now(),
          ],
        )
        await tx.query(
          `insert into review_records (review, place, window_id, flagged_place)
           select $1, r.* from jsonb_to_recordset($2::text::jsonb)
             as r(place integer, window_id text, flagged_place integer)`,
          [review.id, json(places)],
        )
        if (review.undoes !== null) {
          await tx.query('update reviews set undone_by = $2 where id = $1', [review.undoes, review.id])
        }
        await (pending ? markHeld(tx, review.id) : apply(tx, review.id, null, null))
        const { action, records, actor, undoes, signature } = review
        const signed = signature === undefined ? {} : { keyid: signature.keyid }
        const detail = { review: action, records: records.length, undoes, digest, ...signed }
        return [await requireReview(tx, review.id), { action: 'review.added', subject: review.id, detail, actor }]
      }),

    applied: (id, manifest, sha256 = null) =>
      change(context, async (tx) => {
        const [row] = await tx.query<{ state: string }>('select state from reviews where id = $1 for update', [id])
        if (row === undefined) throw new AppError('not_found', `no review ${id}`)
        if (row.state === 'applied') return [undefined, null]
        await apply(tx, id, manifest, sha256)
        const detail = { manifest, ...(sha256 !== null && { sha256 }) }
        return [undefined, { action: 'review.applied', subject: id, detail }]
      }),

    withdraw: (id, actor, reason) =>
      change(context, async (tx) => {
        const [row] = await tx.query<ReviewDbRow>('select * from reviews where id = $1 for update', [id])
        if (row === undefined) throw new AppError('not_found', `no review ${id}`)
        if (row.state === 'applied') throw new AppError('conflict', `review ${id} is carried out: undo it instead`)
        await tx.query('update flagged set pending_review = null where pending_review = $1', [id])
        await tx.query('update reviews set undone_by = null where undone_by = $1', [id])
        await tx.query('delete from review_records where review = $1', [id])
        await tx.query('delete from reviews where id = $1', [id])
        if (row.action === 'recall') await tx.query(FORGET_ADMITTED, [row.dataset])
        const detail = { review: row.action, digest: row.digest, reason }
        return [undefined, { action: 'review.withdrawn', subject: id, detail, actor }]
      }),

    async get(id) {
      const [row] = await sql.query<ReviewDbRow>(`${SELECT} where reviews.id = $1`, [id])
      return row === undefined ? null : toReview(row)
    },

    /** In the order in which they were made. */
    async list({ dataset, state, limit }) {
      const rows = await sql.query<ReviewDbRow>(
        `${SELECT} where ($1::text is null or dataset = $1) and ($2::text is null or state = $2)
         order by reviews.ordinal limit $3::integer`,
        [dataset === undefined ? null : toText(dataset), state ?? null, limit ?? null],
      )
      return rows.map(toReview)
    },

    async heardAfter(dataset, ordinal) {
      const rows = await sql.query<ReviewDbRow>(
        `${SELECT} where dataset = $1 and heard_after = $2 order by reviews.id`,
        [toText(dataset), ordinal],
      )
      return rows.map(toReview)
    },
  }
}

interface Move {
  readonly from: Standing
  readonly to: Standing
}

const MOVES: Readonly<Record<'release' | 'reject' | 'recall', Move>> = {
  release: { from: 'quarantined', to: 'released' },
  reject: { from: 'quarantined', to: 'rejected' },
  recall: { from: 'released', to: 'recalled' },
}

/** Inserts rows for records that a scan admitted; existing rows stay unchanged. */
async function insertAdmitted(tx: Queryable, dataset: string, admitted: readonly NewAdmitted[]): Promise<void> {
  const rows = admitted.map(({ record, campaign, ...row }) => ({
    ...row,
    record: toText(record),
    record_key: textKey(record),
    campaign: campaign === null ? null : toText(campaign),
  }))
  await tx.query(
    `insert into flagged (window_id, dataset, place, record, record_key, risk, decision, families, campaign, standing)
     select windows.id, dataset, index, record, record_key, risk, 'admit', families, campaign, 'released'
     from jsonb_to_recordset($2::text::jsonb) as r("window" text, index integer, record text, record_key text,
       risk double precision, families jsonb, campaign text)
     join windows on windows.id = r."window" where dataset = $1
     on conflict do nothing`,
    [toText(dataset), json(rows)],
  )
}

/** The move of an undo: the reverse, on exactly the records of the review that it undoes. */
async function undoneMove(tx: Queryable, { id, dataset, undoes, records }: NewReview): Promise<Move> {
  if (undoes === null) throw new AppError('invalid', `review ${id} undoes nothing`)
  const [row] = await tx.query<ReviewDbRow & { from_standing: Standing; to_standing: Standing }>(
    'select *, (' + RECORDS + ') as records from reviews where id = $1 for update',
    [undoes],
  )
  if (row === undefined || row.dataset !== toText(dataset)) throw new AppError('not_found', `no review ${undoes}`)
  const refuse = (why: string) => new AppError('conflict', `review ${undoes} cannot be undone: ${why}`)
  if (row.action === 'undo') throw refuse('it is an undo; make the decision again')
  if (row.state === 'pending') throw refuse('it is still being carried out')
  if (row.undone_by !== null) throw refuse(`review ${row.undone_by} did so`)
  const undone = new Set(row.records.map(fromText))
  if (records.length !== undone.size || records.some((record) => !undone.has(record))) {
    throw new AppError('invalid', `review ${id} must name the records of review ${undoes}, all of them and no others`)
  }
  return { from: row.to_standing, to: row.from_standing }
}

/** Locks the records and checks that all have the standing that the review requires. */
async function holdRecords(tx: Queryable, { dataset, records }: NewReview, from: Standing) {
  const keys = records.map(textKey)
  if (new Set(keys).size !== keys.length) throw new AppError('invalid', 'a record is named twice')
  const rows = await tx.query<HeldRow>(
    `select window_id, flagged.place, record_key, standing, pending_review, windows.state as window_state
     from flagged join windows on windows.id = window_id
     where flagged.dataset = $1 and record_key in (select jsonb_array_elements_text($2::text::jsonb))
     order by window_id, flagged.place for update of flagged`,
    [toText(dataset), json(keys)],
  )
  const byKey = new Map(rows.map((row) => [row.record_key, row]))
  const missing = keys.filter((key) => !byKey.has(key)).length
  if (missing > 0) throw new AppError('not_found', `${missing} of the records were never flagged in ${dataset}`)
  const elsewhere = rows.filter((row) => row.standing !== from)
  if (elsewhere[0] !== undefined) {
    throw new AppError('conflict', `${elsewhere.length} of the records are not ${from}, but ${elsewhere[0].standing}`, {
      reason: 'wrong_standing',
    })
  }
  const held = rows.find((row) => row.pending_review !== null)
  if (held !== undefined) {
    throw new AppError('conflict', `review ${held.pending_review} holds some of the records`, { reason: 'held' })
  }
  if (rows.some((row) => row.window_state !== 'committed')) {
    throw new AppError('conflict', 'some of the records are in a window that is not committed yet', {
      reason: 'not_committed',
    })
  }
  return keys.flatMap((key, place) => {
    const row = byKey.get(key)
    return row === undefined ? [] : [{ place, window_id: row.window_id, flagged_place: row.place }]
  })
}

interface HeldRow {
  readonly window_id: string
  readonly place: number
  readonly record_key: string
  readonly standing: Standing
  readonly pending_review: string | null
  readonly window_state: string
}

async function markHeld(tx: Queryable, id: string): Promise<void> {
  await tx.query(
    `update flagged set pending_review = $1 from review_records
     where review = $1 and flagged.window_id = review_records.window_id and flagged.place = flagged_place`,
    [id],
  )
}

async function apply(tx: Queryable, id: string, manifest: number | null, sha256: string | null): Promise<void> {
  await tx.query(
    `update flagged set standing = to_standing, pending_review = null from reviews join review_records on review = reviews.id
     where reviews.id = $1 and flagged.window_id = review_records.window_id and flagged.place = flagged_place`,
    [id],
  )
  // locked, as staging locks it: this decides which windows come after the review
  await tx.query('select 1 as one from datasets where name = (select dataset from reviews where id = $1) for update', [
    id,
  ])
  await tx.query(
    `update reviews set state = 'applied', manifest = $2, manifest_sha256 = $3,
       heard_after = (select windows from datasets where name = dataset) where id = $1`,
    [id, manifest, sha256],
  )
}

/** Deletes rows of records whose recall was withdrawn: no review concerns them any more. */
const FORGET_ADMITTED = `
  delete from flagged where dataset = $1 and decision = 'admit'
    and not exists (select 1 from review_records r where r.window_id = flagged.window_id and r.flagged_place = flagged.place)
    and not exists (select 1 from notes where notes.window_id = flagged.window_id and notes.place = flagged.place)
    and not exists (select 1 from opinion_requests q where q.window_id = flagged.window_id and q.place = flagged.place)
    and not exists (select 1 from opinions o where o.window_id = flagged.window_id and o.place = flagged.place)
    and not exists (select 1 from gold g where g.window_id = flagged.window_id and g.place = flagged.place)
    and not exists (select 1 from bulk_records b where b.window_id = flagged.window_id and b.place = flagged.place)`
const RECORDS = `select jsonb_agg(record order by review_records.place) from review_records join flagged
  on flagged.window_id = review_records.window_id and flagged.place = flagged_place where review = reviews.id`
const SELECT = `select reviews.*, (${RECORDS}) as records from reviews`

interface ReviewDbRow {
  readonly id: string
  readonly dataset: string
  readonly action: NewReview['action']
  readonly undoes: string | null
  readonly undone_by: string | null
  readonly records: readonly string[]
  readonly reason: string
  readonly actor: string
  readonly digest: string
  readonly keyid: string | null
  readonly signature: string | null
  readonly sealed: string | null
  readonly state: ReviewRow['state']
  readonly manifest: number | null
  readonly created_at: Date
}

async function requireReview(on: Queryable, id: string): Promise<ReviewRow> {
  const [row] = await on.query<ReviewDbRow>(`${SELECT} where reviews.id = $1`, [id])
  if (row === undefined) throw new AppError('not_found', `no review ${id}`)
  return toReview(row)
}

function toReview(row: ReviewDbRow): ReviewRow {
  return {
    id: row.id,
    dataset: fromText(row.dataset),
    action: row.action,
    undoes: row.undoes,
    records: row.records.map(fromText),
    reason: fromText(row.reason),
    actor: fromText(row.actor),
    state: row.state,
    manifest: row.manifest,
    undoneBy: row.undone_by,
    createdAt: row.created_at,
    ...(row.keyid !== null && row.signature !== null && { signature: { keyid: row.keyid, sig: row.signature } }),
    ...(row.sealed !== null && { sealed: row.sealed }),
  }
}
