import type { Lease, SourceCatalog } from './catalog.ts'
import { change, json, type CatalogContext } from './context.ts'
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
        const [row] = await tx.query<{ fence: number | string; ours: boolean; live: boolean }>(
          `select fence, owner is not distinct from $3 as ours,
             owner is not null and expires_at > coalesce($4::timestamptz, clock_timestamp()) as live
           from leases where source = $1 and shard_key = $2 for update`,
          [...key, toText(owner), now()],
        )
        if (row === undefined || (row.live && !row.ours)) return [null, null]
        // A lease of ours that still runs is extended with its fence; a free or expired one gets the next fence.
        const lease = { source, shard, owner, fence: Number(row.fence) + (row.live ? 0 : 1) }
        await tx.query(
          `update leases set owner = $3, fence = $4::bigint, expires_at =
             coalesce($6::timestamptz, clock_timestamp()) + make_interval(secs => $5::double precision)
           where source = $1 and shard_key = $2`,
          [...key, toText(owner), lease.fence, seconds, now()],
        )
        const note = { action: 'lease.acquired', subject: source, detail: { shard, owner, fence: lease.fence } }
        return [lease, row.live ? null : note]
      }),

    async renew({ source, shard, owner, fence }, seconds) {
      const rows = await sql.query(
        `update leases set expires_at = coalesce($6::timestamptz, clock_timestamp()) + make_interval(secs => $5::double precision)
         where source = $1 and shard_key = $2 and owner = $3 and fence = $4::bigint returning fence`,
        [toText(source), textKey(shard), toText(owner), fence, seconds, now()],
      )
      return rows.length > 0
    },

    release: ({ source, shard, owner, fence }) =>
      change(context, async (tx) => {
        const rows = await tx.query(
          `update leases set owner = null, expires_at = '-infinity'
           where source = $1 and shard_key = $2 and owner = $3 and fence = $4::bigint returning fence`,
          [toText(source), textKey(shard), toText(owner), fence],
        )
        const note = { action: 'lease.released', subject: source, detail: { shard, owner, fence } }
        return [undefined, rows.length > 0 ? note : null]
      }),

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
  }
}
