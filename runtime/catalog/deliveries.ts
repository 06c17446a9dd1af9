import type { RepeatedDelivery, StagedWindow } from './catalog.ts'
import { json } from './context.ts'
import { mergeSketches, repeatedShare, type Sketch } from './delivery-sketch.ts'
import type { Queryable } from './sql.ts'
import { fromText, textKey, toText } from './text.ts'

interface Row {
  readonly partition_key: string
  readonly place: number | string
  readonly items: number
  readonly marks: readonly string[]
}

/** Adds what a window took from its deliveries to their sketches, and records which of them repeat an earlier one. */
export async function recordDeliveries(tx: Queryable, { id, dataset, deliveries = [] }: StagedWindow): Promise<void> {
  if (deliveries.length === 0) return
  const name = toText(dataset)
  const own = new Map(deliveries.map((delivery) => [textKey(delivery.partition), delivery]))
  const before = new Map((await sketchesOf(tx, name, [...own.keys()])).map((row) => [row.partition_key, row]))
  const rows = [...own].map(([key, delivery]) => {
    const { marks, items } = mergeSketches(before.get(key) ?? { marks: [], items: 0 }, delivery)
    return { partition_key: key, partition: toText(delivery.partition), items, marks }
  })
  await tx.query(
    `insert into deliveries (dataset, partition_key, partition, items, marks)
     select $1, r.* from jsonb_to_recordset($2::text::jsonb) as r(partition_key text, partition text, items integer, marks jsonb)
     on conflict (dataset, partition_key) do update set items = excluded.items, marks = excluded.marks`,
    [name, json(rows)],
  )
  const marks = rows.flatMap(({ partition_key, marks }) => marks.map((mark) => ({ mark, partition_key })))
  await tx.query(
    `insert into delivery_marks (dataset, mark, partition_key)
     select $1, r.* from jsonb_to_recordset($2::text::jsonb) as r(mark text, partition_key text) on conflict do nothing`,
    [name, json(marks)],
  )
  const found = await repeatsOf(tx, name, rows)
  await tx.query(
    `update deliveries set repeats = r.repeats, share = r.share,
       noticed_in = case when r.repeats is null then null else coalesce(deliveries.noticed_in, $3) end
     from jsonb_to_recordset($2::text::jsonb) as r(partition_key text, repeats text, share double precision)
     where dataset = $1 and deliveries.partition_key = r.partition_key
       and (deliveries.repeats is not null or r.repeats is not null)`,
    [name, json(found), id],
  )
}

/** For each delivery, the earlier one that it shares most with, if that is enough to count as a repetition. */
async function repeatsOf(
  tx: Queryable,
  dataset: string,
  rows: readonly (Sketch & { readonly partition_key: string })[],
): Promise<{ partition_key: string; repeats: string | null; share: number | null }[]> {
  const owners = await tx.query<{ mark: string; partition_key: string }>(
    `select mark, partition_key from delivery_marks
     where dataset = $1 and mark in (select jsonb_array_elements_text($2::text::jsonb))`,
    [dataset, json([...new Set(rows.flatMap(({ marks }) => marks))])],
  )
  const ownerOf = new Map(owners.map(({ mark, partition_key }) => [mark, partition_key]))
  const nearest = new Map(rows.map((row) => [row.partition_key, mostFrequent(row, ownerOf)]))
  const involved = new Set([...nearest].flatMap(([key, near]) => (near === null ? [] : [key, near])))
  const known = new Map((await sketchesOf(tx, dataset, [...involved])).map((row) => [row.partition_key, row]))
  return rows.map(({ partition_key }) => {
    const [row, near] = [known.get(partition_key), known.get(nearest.get(partition_key) ?? '')]
    const isLater = row !== undefined && near !== undefined && Number(near.place) < Number(row.place)
    const share = isLater ? repeatedShare(row, near) : null
    return { partition_key, repeats: share === null ? null : near!.partition_key, share }
  })
}

function mostFrequent(
  { partition_key, marks }: Sketch & { readonly partition_key: string },
  ownerOf: ReadonlyMap<string, string>,
): string | null {
  const counts = new Map<string, number>()
  for (const mark of marks) {
    const owner = ownerOf.get(mark)
    if (owner !== undefined && owner !== partition_key) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return [...counts].sort(([a, some], [b, more]) => more - some || (a < b ? -1 : 1))[0]?.[0] ?? null
}

function sketchesOf(tx: Queryable, dataset: string, keys: readonly string[]): Promise<Row[]> {
  return tx.query<Row>(
    `select partition_key, place, items, marks from deliveries
     where dataset = $1 and partition_key in (select jsonb_array_elements_text($2::text::jsonb))`,
    [dataset, json(keys)],
  )
}

/** Deliveries that repeat an earlier one, in order of arrival. */
export async function repeatedDeliveries(sql: Queryable, dataset: string): Promise<RepeatedDelivery[]> {
  const rows = await sql.query<{
    partition: string
    earlier: string
    noticed_in: string
    items: number
    share: number
  }>(
    `select d.partition, e.partition as earlier, d.noticed_in, d.items, d.share from deliveries d
     join deliveries e on e.dataset = d.dataset and e.partition_key = d.repeats
     where d.dataset = $1 order by d.place`,
    [toText(dataset)],
  )
  return rows.map(({ partition, earlier, noticed_in: window, items, share }) => ({
    partition: fromText(partition),
    earlier: fromText(earlier),
    window,
    items,
    share,
  }))
}
