import type { RoundClient } from '#runtime/catalog/federation-rows.ts'
import { clearClient, clientHistory, clientsInQuarantine } from '#app/operations/held-clients.ts'
import type { CLIENT_ROUTES } from '#console/api/clients.ts'
import type { Handlers } from '../call.ts'
import { among, checkDataset, cursorOf, ORDINAL, pageOf } from './shapes.ts'

const NO_FEDERATION = 'there is no such federation'

/** Held clients are looked at and decided over as held records are; a role over some datasets is over the federations that it names. */
export const clientAnswers: Handlers<keyof typeof CLIENT_ROUTES> = {
  async 'clients.list'({ who, system, query: { federation, standing, cursor, limit } }) {
    const over = among(who, 'view', federation)
    const all = await clientsInQuarantine(system, { federation, standing })
    const seen = all.filter((row) => over?.includes(row.federation) ?? true)
    return partOf(seen, cursor, limit, ({ federation, client, standing, rounds, round, alike, ...row }) => ({
      federation,
      client,
      round,
      ...evidenceOf(row),
      standing,
      rounds,
      alike: [...alike],
    }))
  },

  async 'clients.show'({ who, system, params: { federation, client }, query: { cursor, limit } }) {
    checkDataset(who, 'view', federation, NO_FEDERATION)
    const { rounds, held, etag } = await clientHistory(system, federation, client)
    const shown = partOf(rounds, cursor, limit, ({ round, ruling, standing, ...row }) => ({
      round,
      ...evidenceOf(row),
      ruling,
      standing,
    }))
    return { ...shown, held: held.length, etag }
  },

  async 'clients.clear'({ who, system, params: { federation, client }, body, ifMatch }) {
    checkDataset(who, 'record.decide', federation, NO_FEDERATION)
    await clearClient(system, federation, client, { reason: body.reason, seen: ifMatch })
    return { federation, client, standing: 'cleared' }
  },
}

function evidenceOf({ risk, score, why }: Pick<RoundClient, 'risk' | 'score' | 'why'>) {
  return { risk, deviations: score, why: [...why] }
}

/** The page of a list that begins behind so many. */
function partOf<Row, Item>(
  rows: readonly Row[],
  cursor: string | undefined,
  limit: number,
  item: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const from = cursorOf(cursor, ORDINAL, Number) ?? 0
  return pageOf(rows.slice(from), limit, () => String(from + limit), item)
}
