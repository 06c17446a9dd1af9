import { AppError } from '#core/errors.ts'
import type { StagedWindow, WindowRow } from './catalog.ts'
import type { Lease } from './lease.ts'
import { change, json, type CatalogContext } from './context.ts'
import { recordDeliveries } from './deliveries.ts'
import { lockName, nameTaken } from './names.ts'
import type { Queryable, Transaction } from './sql.ts'
import { fromText, textKey, toText } from './text.ts'
import { findWindow, requireWindow } from './window-rows.ts'

/**
 * The stage transaction. Locks are taken in one order (lease, dataset, the rest), so that readers of one dataset queue up on it.
 * Throws `conflict`: `lease_lost`, `position_moved` if the window does not start where the last one ended, `duplicate_id`,
 * `redelivered`, `already_redriven`, and `name_taken` if the dataset's first window would have the name of a federation.
 */
export function stageWindow(context: CatalogContext, window: StagedWindow, lease: Lease): Promise<WindowRow> {
  return change(context, async (tx) => {
    await holdLease(tx, lease)
    const there = await findWindow(tx, window.id)
    if (there !== null) return [there, null]
    if (window.deadLetterRows.length !== window.deadLetters) {
      throw new AppError(
        'invalid',
        `window ${window.id} counts ${window.deadLetters} dead letters, lists ${window.deadLetterRows.length}`,
      )
    }
    const ordinal = await nextOrdinal(tx, window.dataset)
    await insertWindow(tx, window, ordinal, context.now())
    await movePositions(tx, window, lease)
    await guardIds(tx, window)
    await guardItems(tx, window, context.now())
    await insertDeadLetters(tx, window)
    await takeRedrives(tx, window)
    await recordDeliveries(tx, window)
    const { dataset, records, deadLetters, redrives } = window
    const detail = { dataset, ordinal, records, deadLetters, redrives: redrives.length, staged: window.staged.sha256 }
    return [await requireWindow(tx, window.id), { action: 'window.staged', subject: window.id, detail }]
  })
}

/** Locks the lease until the transaction ends. Throws `conflict` (`lease_lost`). */
export async function holdLease(tx: Queryable, { source, shard, owner, fence }: Lease): Promise<void> {
  const [row] = await tx.query<{ owner: string | null; fence: number | string }>(
    'select owner, fence from leases where source = $1 and shard_key = $2 for update',
    [toText(source), textKey(shard)],
  )
  if (row === undefined || row.owner !== toText(owner) || Number(row.fence) !== fence) {
    throw new AppError('conflict', `the lease on ${source} is no longer ours: another reader has it`, {
      reason: 'lease_lost',
    })
  }
}

async function nextOrdinal(tx: Transaction, dataset: string): Promise<number> {
  const [row] = await tx.query<{ windows: number }>(
    `insert into datasets (name, windows) values ($1, 1)
     on conflict (name) do update set windows = datasets.windows + 1 returning windows`,
    [toText(dataset)],
  )
  if (row === undefined) throw new AppError('internal', 'the dataset row was not returned')
  if (row.windows === 1) {
    await lockName(tx, dataset)
    const [federation] = await tx.query('select 1 as one from federations where name = $1', [toText(dataset)])
    if (federation !== undefined) throw nameTaken('federation', dataset)
  }
  return row.windows
}

async function insertWindow(tx: Queryable, window: StagedWindow, ordinal: number, now: string | null): Promise<void> {
  const segments = window.segments.map(({ partition, from, to }) => ({
    partition: toText(partition),
    from: toText(from),
    to: toText(to),
  }))
  await tx.query(
    `insert into windows (id, dataset, ordinal, source, segments, contract, state, records, dead_letters, redrives, staged,
       dead_letter_object, staged_at)
     values ($1, $2, $3, $4, $5::text::jsonb, $6, 'staged', $7, $8, $9, $10::text::jsonb, $11::text::jsonb,
       coalesce($12::timestamptz, clock_timestamp()))`,
    [
      window.id,
      toText(window.dataset),
      ordinal,
      toText(window.source),
      json(segments),
      window.contract,
      window.records,
      window.deadLetters,
      window.redrives.length,
      json(window.staged),
      window.deadLetterObject === null ? null : json(window.deadLetterObject),
      now,
    ],
  )
}

/**
 * Moves positions. Only the source can order them, so they are compared for equality: each segment must start at its partition's
 * position.
 */
export async function movePositions(
  tx: Queryable,
  { id, segments }: Pick<StagedWindow, 'id' | 'segments'>,
  { source, shard }: Lease,
): Promise<void> {
  const key = [toText(source), textKey(shard)] as const
  const keys = [...new Set(segments.map((segment) => textKey(segment.partition)))]
  const rows = await tx.query<{ partition_key: string; position: string }>(
    `select partition_key, position from positions where source = $1 and shard_key = $2
       and partition_key in (select jsonb_array_elements_text($3::text::jsonb))`,
    [...key, json(keys)],
  )
  const reached = new Map(rows.map((row) => [row.partition_key, fromText(row.position)]))
  const moved = new Map<string, { partition_key: string; partition: string; position: string }>()
  for (const { partition, from, to } of segments) {
    const partitionKey = textKey(partition)
    if ((reached.get(partitionKey) ?? '') !== from) {
      throw new AppError('conflict', `${id} does not start where ${source} was staged up to`, {
        reason: 'position_moved',
      })
    }
    reached.set(partitionKey, to)
    moved.set(partitionKey, { partition_key: partitionKey, partition: toText(partition), position: toText(to) })
  }
  await tx.query(
    `insert into positions (source, shard_key, partition_key, partition, position)
     select $1, $2, r.* from jsonb_to_recordset($3::text::jsonb) as r(partition_key text, partition text, position text)
     on conflict (source, shard_key, partition_key) do update set position = excluded.position`,
    [...key, json([...moved.values()])],
  )
}

async function guardIds(tx: Queryable, { id, dataset, guardedIds }: StagedWindow): Promise<void> {
  if (guardedIds.length === 0) return
  const inserted = await tx.query(
    `insert into staged_ids (dataset, id_key) select $1, jsonb_array_elements_text($2::text::jsonb)
     on conflict do nothing returning 1 as one`,
    [toText(dataset), json(guardedIds.map(textKey))],
  )
  const duplicates = guardedIds.length - inserted.length
  if (duplicates > 0) {
    throw new AppError('conflict', `window ${id} holds ${duplicates} record ids that ${dataset} staged before`, {
      reason: 'duplicate_id',
    })
  }
}

async function guardItems(
  tx: Queryable,
  { id, source, redeliverable = [] }: StagedWindow,
  now: string | null,
): Promise<void> {
  if (redeliverable.length === 0) return
  const inserted = await tx.query(
    `insert into staged_items (source, item_key, staged_at)
     select $1, jsonb_array_elements_text($2::text::jsonb), coalesce($3::timestamptz, clock_timestamp())
     on conflict do nothing returning 1 as one`,
    [toText(source), json(redeliverable.map(textKey)), now],
  )
  const again = redeliverable.length - inserted.length
  if (again > 0) {
    throw new AppError('conflict', `window ${id} holds ${again} items that ${source} delivered before`, {
      reason: 'redelivered',
    })
  }
}

async function insertDeadLetters(tx: Queryable, { id, dataset, deadLetterRows }: StagedWindow): Promise<void> {
  if (deadLetterRows.length === 0) return
  const rows = deadLetterRows.map((row, place) => ({
    place,
    id: toText(row.id),
    id_key: textKey(row.id),
    reason: row.reason,
    detail: toText(row.detail),
    partition: toText(row.partition),
    position: toText(row.position),
    contributor: row.contributor === null ? null : toText(row.contributor),
  }))
  await tx.query(
    `insert into dead_letters (window_id, dataset, created_at, place, id, id_key, reason, detail, partition, position,
       contributor)
     select $1, $2, staged_at, r.*
     from windows, jsonb_to_recordset($3::text::jsonb) as r(place integer, id text, id_key text, reason text, detail text,
       partition text, position text, contributor text)
     where windows.id = $1`,
    [id, toText(dataset), json(rows)],
  )
}

/** Takes up dead letters. They must still be open, so that two redrives at once admit nothing twice. */
async function takeRedrives(tx: Queryable, { id, dataset, redrives }: StagedWindow): Promise<void> {
  if (redrives.length === 0) return
  const taken = await tx.query(
    `update dead_letters set state = 'redriven', redriven_by = $1
     where dataset = $2 and state = 'open' and id_key in (select jsonb_array_elements_text($3::text::jsonb))
     returning 1 as one`,
    [id, toText(dataset), json(redrives.map(textKey))],
  )
  if (taken.length !== redrives.length) {
    const gone = redrives.length - taken.length
    throw new AppError('conflict', `window ${id} redrives ${gone} dead letters that are not open`, {
      reason: 'already_redriven',
    })
  }
}
