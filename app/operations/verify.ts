import { verifierFromPem } from '#services/encrypt/chain/signer.ts'
import { datasetsIn, verifyDataset, type VerifyReport } from '#services/encrypt/chain/verify.ts'
import type { Store } from '#services/encrypt/store.ts'
import type { SigningSystem } from '../system.ts'

/** Checks signatures, chain, every object's digest and every admitted record of each configured dataset. */
export async function* verifyInstallation(system: SigningSystem): AsyncGenerator<VerifyReport> {
  const { config, catalog, store, signer, vault } = system
  for (const dataset of Object.keys(config.datasets)) {
    const known = await catalog.chains.known(dataset)
    yield await verifyDataset(dataset, { store, verifier: signer.verifier, known, vault })
  }
}

/** The same of a copy of the store, by a public key in PEM alone. Nothing is decrypted. Throws `invalid` for another key. */
export async function* verifyStore(store: Store, publicKeyPem: string): AsyncGenerator<VerifyReport> {
  const verifier = verifierFromPem(publicKeyPem)
  for (const dataset of await datasetsIn(store)) yield await verifyDataset(dataset, { store, verifier })
}
