import { createHash } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { ClientRound, HeldClient } from '#runtime/catalog/federation-rows.ts'
import { campaignsAmong } from '#services/federate/validate/campaigns.ts'
import type { System } from '../system.ts'

/** A client with the last round that held it. */
export interface ClientInQuarantine extends HeldClient {
  /** The number of rounds in which it has this standing. */
  readonly rounds: number
  /** Held clients that keep acting alike with it. */
  readonly alike: readonly string[]
}

/**
 * Clients with this standing in any federation, each once, the riskiest first, each followed by those that keep acting alike
 * with it; clients without a known risk come last.
 */
export async function clientsInQuarantine(
  { catalog }: Pick<System, 'catalog'>,
  filter: { readonly federation?: string | undefined; readonly standing: HeldClient['standing'] },
): Promise<ClientInQuarantine[]> {
  const rows = await catalog.federations.held(filter)
  const clients = Map.groupBy(rows, ({ federation, client }) => keyOf(federation, client))
  const groups = filter.standing === 'held' ? await alikeAmong(catalog, rows) : new Map<string, readonly string[]>()
  const listed = new Map(
    [...clients]
      .flatMap(([key, [last, ...before]]): [string, ClientInQuarantine][] => {
        if (last === undefined) return []
        const alike = (groups.get(key) ?? []).filter((other) => other !== last.client)
        return [[key, { ...last, rounds: 1 + before.length, alike }]]
      })
      .toSorted(([, a], [, b]) => (b.risk ?? -1) - (a.risk ?? -1)),
  )
  // a set keeps the position at which a name was first added
  const order = new Set(
    [...listed].flatMap(([key, { federation, alike }]) => [key, ...alike.map((other) => keyOf(federation, other))]),
  )
  return [...order].flatMap((key) => listed.get(key) ?? [])
}

const keyOf = (federation: string, client: string) => `${federation}/${client}`

/** For each held client that keeps acting alike with others, its group. */
async function alikeAmong({ federations }: System['catalog'], held: readonly HeldClient[]) {
  const groups = new Map<string, readonly string[]>()
  for (const [federation, rows] of Map.groupBy(held, (row) => row.federation)) {
    const clients = [...new Set(rows.map(({ client }) => client))]
    for (const group of campaignsAmong(clients, await federations.means(federation)))
      for (const client of group) groups.set(keyOf(federation, client), group)
  }
  return groups
}

/** Federations to show: those of the configuration; if it has none, those that left a held client behind. */
export async function federationsToShow({ config, catalog }: Pick<System, 'config' | 'catalog'>): Promise<string[]> {
  const configured = Object.keys(config.federations)
  if (configured.length > 0) return configured
  const held = await catalog.federations.held({ standing: 'held' })
  return [...new Set(held.map(({ federation }) => federation))]
}

/** One client's rounds, the latest first, and what a decision over it depends on. */
export interface ClientHistory {
  readonly rounds: readonly ClientRound[]
  /** The rounds that hold it. */
  readonly held: readonly number[]
  /** Changes with the rounds. */
  readonly etag: string
}

/** Throws `not_found` if no round asked it. */
export async function clientHistory(
  { catalog }: Pick<System, 'catalog'>,
  federation: string,
  client: string,
): Promise<ClientHistory> {
  const rounds = await catalog.federations.history(federation, client)
  if (rounds.length === 0) throw new AppError('not_found', `no round of ${federation} asked ${client}`)
  const held = rounds.flatMap(({ round, standing }) => (standing === 'held' ? [round] : []))
  return { rounds, held, etag: createHash('sha256').update(held.join(' ')).digest('base64url').slice(0, 22) }
}

/**
 * Clears a client, as a reviewer saw no harm in what was shown. If nothing is held any more, nothing changes. Throws
 * `not_found`, and `conflict` (`stale`) if rounds hold it that were not shown.
 */
export async function clearClient(
  system: Pick<System, 'catalog' | 'actor'>,
  federation: string,
  client: string,
  { reason, seen }: { readonly reason: string; readonly seen: string },
): Promise<void> {
  const { held, etag } = await clientHistory(system, federation, client)
  if (held.length === 0) return
  if (seen !== etag) {
    const message = 'the client has been held in another round since it was shown: look at it again'
    throw new AppError('conflict', message, { reason: 'stale' })
  }
  await system.catalog.federations.clear(federation, client, reason, { by: system.actor, held })
}
