import { join } from 'node:path'
import { userInfo } from 'node:os'
import { AppError, isAppError } from '#core/errors.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import type { LoadedContract } from '#runtime/config/load-contract.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import type { Config } from '#runtime/config/load.ts'
import { lockData } from '#runtime/data-lock.ts'
import { createEvents, type Events } from '#runtime/events.ts'
import { createSteps, type RunStep, type StepPoint } from '#runtime/steps.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/key-records.ts'
import { createLocalKeyring, openLocalKeyring, type LocalKeyring } from '#services/encrypt/keyrings/local.ts'
import { createManifestChain, type ManifestChain } from '#services/encrypt/manifest-chain.ts'
import { openSigner, type Signer } from '#services/encrypt/signer.ts'
import type { Store } from '#services/encrypt/store.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { createVault } from '#services/encrypt/vault.ts'

/** Everything that the commands of an embedded install share, over one locked data folder. */
export interface System extends AsyncDisposable {
  readonly config: Config
  readonly contracts: ReadonlyMap<string, LoadedContract>
  readonly actor: string
  readonly catalog: Catalog
  readonly store: Store
  readonly keyring: LocalKeyring
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
  /** Called around every named step of the protocol. */
  readonly onStep?: ((point: StepPoint) => void) | undefined
}

/** Opens the data folder of a configuration, making it on first use. Throws `conflict` while another process has it. */
export async function openSystem(config: Config, options: SystemOptions): Promise<System> {
  const contracts = new Map<string, LoadedContract>()
  for (const [name, dataset] of Object.entries(config.datasets))
    contracts.set(name, await loadContract(dataset.contract))
  const stack = new AsyncDisposableStack()
  try {
    const { command, signal } = options
    const lock = await lockData(config.data, { command, waitMs: 5000, ...(signal === undefined ? {} : { signal }) })
    stack.defer(() => lock.release())
    const actor = nameOfUser()
    const catalog = await openCatalog(await openPglite(join(config.data, 'catalog')), { actor })
    stack.defer(() => catalog.close())
    const store = await openFileStore(join(config.data, 'objects'))
    const keyring = await openKeyring(config, store)
    const keys = createKeyRecords({ store, keyrings: [keyring] })
    const signer = await openSigner(keys)
    const parts = {
      config,
      contracts,
      actor,
      catalog,
      store,
      keyring,
      keys,
      vault: createVault({ store, keys }),
      signer,
      chain: createManifestChain({ store, signer }),
      events: createEvents(),
      step: createSteps(options.onStep),
    }
    const held = stack.move()
    return { ...parts, [Symbol.asyncDispose]: () => held.disposeAsync() }
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

/** A new keyring is made only where nothing was encrypted yet: one that went missing must be put back, not replaced. */
async function openKeyring(config: Config, store: Store): Promise<LocalKeyring> {
  const { passphrase } = config.keys.local
  const secret = passphrase === undefined ? ({ keyFile: true } as const) : { passphrase }
  const file = join(config.data, 'keys', 'keyring.json')
  try {
    return await openLocalKeyring(file, secret)
  } catch (error) {
    if (!isAppError(error, 'not_found') || error.reason === 'key_file') throw error
    for await (const path of store.list('keys/')) {
      throw new AppError('not_found', `${file} is gone, but ${path} is wrapped by it: put it back from your backup`, {
        reason: 'keyring_missing',
        cause: error,
      })
    }
    return createLocalKeyring(file, secret)
  }
}

function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}` // a container's user may have no name
  }
}
