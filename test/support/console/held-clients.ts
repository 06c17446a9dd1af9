import type { RoundClient } from '#runtime/catalog/federation-rows.ts'
import type { Desk } from './desk.ts'

export const FEDERATION = 'clinics'

const held = (client: string, risk: number | null, score: number, why: string): RoundClient => ({
  client,
  ruling: 'held',
  risk,
  score,
  why: [why],
})
const counted = (client: string): RoundClient => ({ client, ruling: 'counted', risk: 0.01, score: 0.4, why: [] })

/** Each round as it ended: one client poisons in all but the first, one stood out once, one was never held. */
const ROUNDS: readonly (readonly RoundClient[])[] = [
  [counted('site-1'), counted('site-2'), counted('site-3')],
  [
    counted('site-1'),
    held('site-2', 0.62, 6.3, 'It is 3 times as long as others.'),
    held('site-3', 0.9, 9.5, 'It points the other way.'),
  ],
  [counted('site-1'), counted('site-2'), held('site-3', 0.97, 11.2, 'It points the other way.')],
]

/** A federation whose rounds ended at the desk, as an aggregator writes them into the catalog. */
export async function withHeldClients(
  { system: { catalog } }: Pick<Desk, 'system'>,
  federation = FEDERATION,
): Promise<void> {
  await catalog.federations.begin({ name: federation, session: 'a'.repeat(64), kid: '0'.repeat(32) })
  for (const clients of ROUNDS) await endRound({ system: { catalog } }, federation, clients)
}

/** One more round of it. */
export async function endRound(
  { system: { catalog } }: { readonly system: Pick<Desk['system'], 'catalog'> },
  federation: string,
  clients: readonly RoundClient[],
): Promise<void> {
  const lease = await catalog.sources.acquire(`federation:${federation}`, 'rounds', 'aggregator', 600)
  if (lease === null) throw new Error('another aggregator has the lease')
  const round = (await catalog.federations.rounds(federation)).length + 1
  const model = 'b'.repeat(64)
  await catalog.federations.open(
    federation,
    { round, asked: clients.map(({ client }) => client), noise: null, model },
    lease,
  )
  await catalog.federations.end(federation, round, {
    state: 'committed',
    why: null,
    model,
    epsilon: null,
    manifest: round,
    clients,
  })
}
