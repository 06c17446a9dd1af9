import { verifyAudit } from '#runtime/audit/verify.ts'
import type { ChainHead } from '#core/manifest.ts'
import type { KnownLink } from '#runtime/catalog/catalog.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { datasetsIn, verifyDataset, type VerifyReport } from '#services/encrypt/chain/verify.ts'
import type { Store } from '#services/encrypt/store.ts'
import type { SigningSystem } from '../system.ts'

/** Links of chains that were kept elsewhere, by dataset: the chains must still contain them. */
export type KeptHeads = ReadonlyMap<string, ChainHead>

/**
 * Checks signatures, chain, every object's digest and every admitted record of each configured dataset, and compares the links
 * with what the catalog, the signed checkpoints of the audit log and `kept` know about them.
 */
export async function* verifyInstallation(
  system: SigningSystem,
  kept: KeptHeads = new Map(),
): AsyncGenerator<VerifyReport> {
  const { config, catalog, store, signer, vault } = system
  const { verifier } = signer
  await verifier.refresh()
  const checkpoints = await catalog.audit.checkpoints()
  const { chains } = await verifyAudit(catalog.audit.entries(), { checkpoints, verifier })
  for (const dataset of new Set([...Object.keys(config.datasets), ...kept.keys()])) {
    const known = [...(await catalog.chains.known(dataset)), ...headOf(dataset, chains), ...headOf(dataset, kept)]
    yield await verifyDataset(dataset, { store, verifier, known, vault })
  }
}

/** The same for a copy of the store, with only a public key in PEM. Nothing is decrypted. Throws `invalid` if it is not a key. */
export async function* verifyStore(
  store: Store,
  publicKeyPem: string,
  kept: KeptHeads = new Map(),
): AsyncGenerator<VerifyReport> {
  const verifier = verifierFromPem(publicKeyPem)
  for (const dataset of new Set([...(await datasetsIn(store)), ...kept.keys()])) {
    yield await verifyDataset(dataset, { store, verifier, known: headOf(dataset, kept) })
  }
}

function headOf(dataset: string, heads: KeptHeads): KnownLink[] {
  const head = heads.get(dataset)
  return head === undefined ? [] : [{ ...head, about: null }]
}
