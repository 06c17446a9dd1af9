import type { EpochCatalog } from './catalog.ts'
import { change, type CatalogContext } from './context.ts'
import { fromText, toText } from './text.ts'

/** Which epoch keys were ever current: ids and numbers, never a key. */
export function epochCatalog(context: CatalogContext): EpochCatalog {
  const { sql } = context
  return {
    async newest(dataset) {
      const rows = await sql.query<EpochDbRow>(
        `select kid, epoch from epochs where dataset = $1 and not destroyed
           and epoch = (select max(epoch) from epochs where dataset = $1 and not destroyed) order by kid`,
        [toText(dataset)],
      )
      return rows.map(({ kid, epoch }) => ({ kid: fromText(kid), epoch }))
    },

    remember: (dataset, { kid, epoch }) =>
      change(context, async (tx) => {
        const inserted = await tx.query(
          'insert into epochs (dataset, kid, epoch) values ($1, $2, $3) on conflict do nothing returning 1 as one',
          [toText(dataset), kid, epoch],
        )
        return [
          undefined,
          inserted.length === 0 ? null : { action: 'epoch.begun', subject: dataset, detail: { kid, epoch } },
        ]
      }),

    destroy: (dataset, { kid, epoch }) =>
      change(context, async (tx) => {
        const ended = await tx.query(
          `insert into epochs (dataset, kid, epoch, destroyed) values ($1, $2, $3, true)
           on conflict (dataset, kid) do update set destroyed = true where not epochs.destroyed returning 1 as one`,
          [toText(dataset), kid, epoch],
        )
        return [
          undefined,
          ended.length === 0 ? null : { action: 'epoch.ended', subject: dataset, detail: { kid, epoch } },
        ]
      }),

    async isDestroyed(dataset, kid) {
      const rows = await sql.query('select 1 as one from epochs where dataset = $1 and kid = $2 and destroyed', [
        toText(dataset),
        kid,
      ])
      return rows.length > 0
    },

    async standing() {
      const rows = await sql.query<EpochDbRow & { dataset: string }>(
        'select dataset, kid, epoch from epochs where not destroyed order by dataset, epoch, kid',
      )
      return rows.map(({ dataset, kid, epoch }) => ({ dataset: fromText(dataset), kid: fromText(kid), epoch }))
    },

    async epochOf(dataset, kid) {
      const [row] = await sql.query<Pick<EpochDbRow, 'epoch'>>(
        'select epoch from epochs where dataset = $1 and kid = $2',
        [toText(dataset), kid],
      )
      return row?.epoch ?? null
    },
  }
}

interface EpochDbRow {
  readonly kid: string
  readonly epoch: number
}
