import { AppError } from '#core/errors.ts'
import type { ChainHead } from '#core/manifest.ts'
import type { ChainCatalog } from './catalog.ts'
import { change, json, type CatalogContext } from './context.ts'
import type { Queryable } from './sql.ts'
import { fromText, toText } from './text.ts'

/** What the rows of windows and reviews, the separately stored links and the last checkpoint say about the chains. */
export function chainCatalog(context: CatalogContext): ChainCatalog {
  const { sql } = context
  return {
    async known(dataset, after = 0) {
      const rows = await sql.query<LinkDbRow>(
        `select ordinal, sha256, about from (${KNOWN}) as known where dataset = $1 and ordinal > $2 order by ordinal`,
        [toText(dataset), after],
      )
      const signed = (await signedHeads(sql)).get(dataset)
      const head = signed === undefined || signed.ordinal <= after ? [] : [{ ...signed, about: null }]
      return [...rows.map(({ ordinal, sha256, about }) => ({ ordinal, sha256, about })), ...head]
    },

    async unknownWindows(ids) {
      const rows = await sql.query<{ id: string }>(
        `select id from jsonb_array_elements_text($1::text::jsonb) as asked(id)
         where not exists (select 1 from windows where windows.id = asked.id)`,
        [json(ids)],
      )
      return rows.map(({ id }) => id)
    },

    async heads() {
      const heads = new Map(await signedHeads(sql))
      const rows = await sql.query<LinkDbRow & { sha256: string }>(
        `select distinct on (dataset) dataset, ordinal, sha256 from (${KNOWN}) as known where sha256 is not null
         order by dataset, ordinal desc`,
      )
      for (const { dataset, ordinal, sha256 } of rows) {
        const name = fromText(dataset)
        if (ordinal > (heads.get(name)?.ordinal ?? 0)) heads.set(name, { ordinal, sha256 })
      }
      return new Map([...heads].sort(([a], [b]) => (a < b ? -1 : 1)))
    },

    remember: (dataset, { ordinal, sha256, about }) =>
      change(context, async (tx) => {
        const inserted = await tx.query(
          `insert into links (dataset, ordinal, sha256, about) values ($1, $2, $3, $4)
           on conflict do nothing returning 1 as one`,
          [toText(dataset), ordinal, sha256, about],
        )
        if (inserted.length > 0) {
          return [undefined, { action: 'link.added', subject: dataset, detail: { ordinal, sha256, about } }]
        }
        const [there] = await tx.query<LinkDbRow>('select * from links where dataset = $1 and ordinal = $2', [
          toText(dataset),
          ordinal,
        ])
        if (there?.sha256 === sha256) return [undefined, null]
        throw new AppError('conflict', `another link ${ordinal} of ${dataset} is known`, { reason: 'chain_rewritten' })
      }),
  }
}

interface LinkDbRow {
  readonly dataset: string
  readonly ordinal: number
  readonly sha256: string | null
  readonly about: string
}

const KNOWN = `
  select dataset, manifest as ordinal, manifest_sha256 as sha256, 'window:' || id as about
    from windows where manifest is not null
  union all
  select dataset, manifest, manifest_sha256,
      case when action in ('release', 'recall') then action when from_standing = 'recalled' then 'reinstatement'
        else 'revocation' end || ':' || id
    from reviews where manifest is not null
  union all
  select dataset, ordinal, sha256, about from links`

/** The heads in the last checkpoint that has any; the catalog cannot update or delete checkpoints. */
async function signedHeads(on: Queryable): Promise<ReadonlyMap<string, ChainHead>> {
  const [row] = await on.query<{ heads: string }>(
    'select heads from audit_checkpoints where heads is not null order by seq desc limit 1',
  )
  return new Map(row === undefined ? [] : Object.entries(JSON.parse(row.heads) as Record<string, ChainHead>))
}
