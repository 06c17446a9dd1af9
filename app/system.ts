import { userInfo } from 'node:os'
import { AppError } from '#core/errors.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import type { LoadedContract } from '#runtime/config/load-contract.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import type { Config } from '#runtime/config/load.ts'
import { createEvents, type Events } from '#runtime/process/events.ts'
import { createSteps, type RunStep, type StepPoint } from '#runtime/process/steps.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import { createManifestChain, type ManifestChain } from '#services/encrypt/chain/chain.ts'
import { followReencrypted } from '#services/encrypt/chain/replacements.ts'
import { openSigner, type Signer } from '#services/encrypt/chain/signer.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { openConfiguredCatalog } from './open/catalog.ts'
import { openKeyrings } from './open/keyrings.ts'
import { openStore, type OpenedStore } from './open/store.ts'

/** Everything that commands and services share: the catalog, the store, the keys, and what is built on them. */
export interface System extends AsyncDisposable {
  readonly config: Config
  readonly contracts: ReadonlyMap<string, LoadedContract>
  readonly actor: string
  readonly catalog: Catalog
  readonly store: OpenedStore
  readonly keys: KeyRecords
  readonly vault: Vault
  readonly signer: Signer
  readonly chain: ManifestChain
  readonly events: Events
  readonly step: RunStep
}

export interface SystemOptions {
  /** What the lock's holder is called, such as `credence run`. */
  readonly command: string
  readonly signal?: AbortSignal | undefined
  /** False for a process that neither signs nor reads manifests: it needs no right to the signing key. */
  readonly signs?: boolean
  /** Called around every named step of the protocol. */
  readonly onStep?: ((point: StepPoint) => void) | undefined
}

/**
 * Opens what a configuration names, making the data folder on first use. Throws `conflict` while another process has it, and
 * what the services that are named throw.
 */
export async function openSystem(config: Config, options: SystemOptions): Promise<System> {
  const contracts = new Map<string, LoadedContract>()
  for (const [name, dataset] of Object.entries(config.datasets))
    contracts.set(name, await loadContract(dataset.contract))
  const stack = new AsyncDisposableStack()
  try {
    const { command, signal } = options
    const actor = nameOfUser()
    const events = createEvents()
    const { catalog } = stack.use(await openConfiguredCatalog(config, { actor, command, signal }))
    const store = await openStore(config, events)
    stack.defer(() => store.close?.())
    const keyrings = await openKeyrings(config, store, events)
    const keys = createKeyRecords({ store, keyrings, ttlSeconds: config.keys.ttlSeconds })
    const signer = options.signs === false ? null : await openSigner(keys)
    const chain = signer === null ? null : createManifestChain({ store, signer })
    const vault = createVault({ store, keys })
    const parts = {
      config,
      contracts,
      actor,
      catalog,
      store,
      keys,
      vault: signer === null ? vault : followReencrypted(vault, { store, verifier: signer.verifier }),
      get signer() {
        return signer ?? unsigned()
      },
      get chain() {
        return chain ?? unsigned()
      },
      events,
      step: createSteps(options.onStep),
    }
    const held = stack.move()
    return Object.assign(parts, { [Symbol.asyncDispose]: () => held.disposeAsync() })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** The contract and the settings of a dataset. Throws `not_found`, with the names there are. */
export function datasetOf(system: Pick<System, 'config' | 'contracts'>, name: string) {
  const dataset = system.config.datasets[name]
  const loaded = system.contracts.get(name)
  if (dataset === undefined || loaded === undefined) {
    const names = Object.keys(system.config.datasets).join(', ')
    throw new AppError('not_found', `the configuration has no dataset ${name}; it has ${names}`)
  }
  return { dataset, ...loaded }
}

function unsigned(): never {
  throw new AppError('internal', 'this process was started without the signing key')
}

function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}` // a container's user may have no name
  }
}
