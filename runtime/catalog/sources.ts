import type { SourceCatalog } from './catalog.ts'
import type { Lease } from './lease.ts'
import { change, json, type CatalogContext } from './context.ts'
import { repeatedDeliveries } from './deliveries.ts'
import { holdLease, movePositions } from './stage.ts'
import { fromText, textKey, toText } from './text.ts'

export function sourceCatalog(context: CatalogContext): SourceCatalog {
  const { sql, now } = context
  return {
    acquire: (source, shard, owner, seconds) =>
      change<Lease | null>(context, async (tx) => {
        const key = [toText(source), textKey(shard)] as const
        await tx.query(
          `insert into leases (source, shard_key, shard, fence, expires_at) values ($1, $2, $3, 0, '-infinity')
           on conflict do nothing`,
          [...key, toText(shard)],
        )
        const [row] = await tx.query<{ fence: number | string; ours: boolean; live: boolean; finished: boolean }>(
          `select fence, finished, owner is not distinct from $3 as ours,
             owner is not null and expires_at > coalesce($4::timestamptz, clock_timestamp()) as live
           from leases where source = $1 and shard_key = $2 for update`,
          [...key, toText(owner), now()],
        )
        if (row === undefined || row.finished || (row.live && !row.ours)) return [null, null]
        // A lease of ours that has not expired is extended with its fence; a free or expired one gets the next fence.
        const lease = { source, shard, owner, fence: Number(row.fence) + (row.live ? 0 : 1) }
        await tx.query(
          `update leases set owner = $3, fence = $4::bigint, expires_at =
             coalesce($6::timestamptz, clock_timestamp()) + make_interval(secs => $5::double precision)
           where source = $1 and shard_key = $2`,
          [...key, toText(owner), lease.fence, seconds, now()],
        )
        const note = { action: 'lease.acquired', subject: source, detail: { shard, owner, fence: lease.fence } }
        // Taking a lease again that nobody else had in between is not worth an entry.
        return [lease, row.ours ? null : note]
      }),

    async renew({ source, shard, owner, fence }, seconds) {
      const rows = await sql.query(
        `update leases set expires_at = coalesce($6::timestamptz, clock_timestamp()) + make_interval(secs => $5::double precision)
         where source = $1 and shard_key = $2 and owner = $3 and fence = $4::bigint returning fence`,
        [toText(source), textKey(shard), toText(owner), fence, seconds, now()],
      )
      return rows.length > 0
    },

    // The owner's name stays, to show whether another owner comes next; the fence grows, so that nothing more is done under it.
    async release({ source, shard, owner, fence }) {
      await sql.query(
        `update leases set fence = fence + 1, expires_at = '-infinity'
         where source = $1 and shard_key = $2 and owner = $3 and fence = $4::bigint`,
        [toText(source), textKey(shard), toText(owner), fence],
      )
    },

    async positions(source, shard) {
      const rows = await sql.query<{ partition: string; position: string }>(
        'select partition, position from positions where source = $1 and shard_key = $2',
        [toText(source), textKey(shard)],
      )
      return new Map(rows.map((row) => [fromText(row.partition), fromText(row.position)]))
    },

    async seenIds(dataset, ids) {
      if (ids.length === 0) return new Set()
      const byKey = new Map(ids.map((id) => [textKey(id), id]))
      const rows = await sql.query<{ id_key: string }>(
        `select id_key from staged_ids
         where dataset = $1 and id_key in (select jsonb_array_elements_text($2::text::jsonb))`,
        [toText(dataset), json([...byKey.keys()])],
      )
      return new Set(rows.flatMap((row) => byKey.get(row.id_key) ?? []))
    },

    async leases(source) {
      const rows = await sql.query<{ shard: string; owner: string | null; finished: boolean }>(
        `select shard, finished,
           case when expires_at > coalesce($2::timestamptz, clock_timestamp()) then owner end as owner
         from leases where source = $1`,
        [toText(source), now()],
      )
      return rows.map(({ shard, owner, finished }) => ({
        shard: fromText(shard),
        owner: owner === null ? null : fromText(owner),
        finished,
      }))
    },

    finish: (lease) =>
      change(context, async (tx) => {
        await holdLease(tx, lease)
        await tx.query(
          `update leases set finished = true, owner = null, expires_at = '-infinity' where source = $1 and shard_key = $2`,
          [toText(lease.source), textKey(lease.shard)],
        )
        const { source, shard, owner, fence } = lease
        return [undefined, { action: 'shard.finished', subject: source, detail: { shard, owner, fence } }]
      }),

    async attend(source, owner, seconds) {
      await sql.query(
        `insert into readers (source, owner, expires_at)
         values ($1, $2, coalesce($4::timestamptz, clock_timestamp()) + make_interval(secs => $3::double precision))
         on conflict (source, owner) do update set expires_at = excluded.expires_at`,
        [toText(source), toText(owner), seconds, now()],
      )
      const rows = await sql.query<{ owner: string }>(
        `select owner from readers where source = $1 and expires_at > coalesce($2::timestamptz, clock_timestamp())
         order by owner`,
        [toText(source), now()],
      )
      return rows.map((row) => fromText(row.owner))
    },

    async leave(source, owner) {
      await sql.query(
        `delete from readers where source = $1 and
           (owner = $2 or expires_at < coalesce($3::timestamptz, clock_timestamp()) - interval '1 day')`,
        [toText(source), toText(owner), now()],
      )
    },

    move: (lease, partition, from, to) =>
      sql.transaction(async (tx) => {
        await holdLease(tx, lease)
        await movePositions(tx, { id: 'what was read', segments: [{ partition, from, to }] }, lease)
      }),

    async stagedItems(source, keys) {
      if (keys.length === 0) return new Set()
      const byKey = new Map(keys.map((key) => [textKey(key), key]))
      const rows = await sql.query<{ item_key: string }>(
        `select item_key from staged_items
         where source = $1 and item_key in (select jsonb_array_elements_text($2::text::jsonb))`,
        [toText(source), json([...byKey.keys()])],
      )
      return new Set(rows.flatMap((row) => byKey.get(row.item_key) ?? []))
    },

    async forgetItems(olderThanSeconds) {
      const rows = await sql.query(
        `delete from staged_items
         where staged_at < coalesce($2::timestamptz, clock_timestamp()) - make_interval(secs => $1::double precision)
         returning 1 as one`,
        [olderThanSeconds, now()],
      )
      return rows.length
    },

    repeated: (dataset) => repeatedDeliveries(sql, dataset),
  }
}
