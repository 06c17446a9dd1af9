import { hkdfSync, randomBytes } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { FederationRow } from '#runtime/catalog/federation-rows.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import type { FederationConfig } from '#services/federate/config.ts'
import { createEncryptedModels, type EncryptedModels, type RoundChain } from '#services/federate/models/encrypted.ts'
import { keyPair, type KeyPair } from '#services/federate/secure/primitives.ts'
import type { SigningSystem } from '../system.ts'

/** A configured federation; it is begun on first use. */
export interface Federation {
  readonly settings: FederationConfig
  readonly row: FederationRow
  /** The aggregator's Ed25519 key pair, derived from an epoch key, which the key services hold. */
  readonly identity: KeyPair
  readonly chain: RoundChain
}

/** The federation's settings. Throws `not_found`, with the names that exist. */
export function federationOf({ config }: Pick<SigningSystem, 'config'>, name: string): FederationConfig {
  const settings = config.federations[name]
  if (settings !== undefined) return settings
  const names = Object.keys(config.federations).join(', ') || 'none'
  throw new AppError('not_found', `the configuration has no federation ${name}; it has ${names}`)
}

/** Throws as the keys do, and `denied` or `not_found` if the key from which the aggregator's identity is derived is gone. */
export async function openFederation(system: SigningSystem, name: string): Promise<Federation> {
  const settings = federationOf(system, name)
  const { catalog, keys, chain } = system
  const row =
    (await begunIn(system, name)) ??
    (await catalog.federations.begin({
      name,
      session: randomBytes(32).toString('hex'),
      kid: (await keys.current(name)).kid,
    }))
  const { key } = await keys.get(name, row.kid)
  const secret = hkdfSync('sha256', key, Buffer.from(row.session, 'hex'), 'credence federate aggregator v1', 32)
  const rounds: RoundChain = {
    append: (round, subjects, outcome) =>
      chain.append(name, { about: { kind: 'round', round }, subjects, details: { outcome } }),
    links: () => chain.links(name),
  }
  return { settings, row, identity: keyPair('ed25519', new Uint8Array(secret)), chain: rounds }
}

/**
 * The federation's row, or null. Throws `conflict` (`catalog_behind`) if the store has rounds of a federation that the catalog
 * does not know, because it would begin again under that name.
 */
async function begunIn({ catalog, chain }: SigningSystem, name: string): Promise<FederationRow | null> {
  const begun = await catalog.federations.get(name)
  if (begun !== null) return begun
  for await (const _ of chain.links(name)) {
    // another process may have begun it just now; its row was written before its first link
    const known = await catalog.federations.get(name)
    if (known !== null) return known
    const message = `the store has a chain of ${name} that the catalog does not know: the catalog is older than the chain, put its newest copy back`
    throw new AppError('conflict', message, { reason: 'catalog_behind' })
  }
  return null
}

/** The federation's models and records. Only the holder of the lease opens rounds. */
export function modelsOf(
  { catalog, vault, step }: SigningSystem,
  { row, chain }: Federation,
  keys: ReadonlyMap<string, string>,
  lease: Lease,
): EncryptedModels {
  const rows = catalog.federations
  return createEncryptedModels({ federation: row, vault, chain, rows, step, lease: () => lease, keys: () => keys })
}
