import { userInfo } from 'node:os'
import { AsyncDisposableStack } from '#core/disposal.ts'
import { AppError } from '#core/errors.ts'
import type { Vault } from '#core/vault.ts'
import type { WholeCatalog } from '#runtime/catalog/create-catalog.ts'
import type { LoadedContract } from '#runtime/config/load-contract.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import type { Config } from './config/load.ts'
import { createEvents, type Events } from '#runtime/process/events.ts'
import { createSteps, type RunStep, type StepPoint } from '#runtime/process/steps.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { SIGNING } from '#services/encrypt/keys/record.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import { createManifestChain, type ManifestChain } from '#services/encrypt/chain/chain.ts'
import { followReencrypted } from '#services/encrypt/chain/replacements.ts'
import { openSigner, type Signer } from '#services/encrypt/chain/signer.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { openConfiguredCatalog } from './open/catalog.ts'
import { openKeyrings } from './open/keyrings.ts'
import { openStore, type OpenedStore } from './open/store.ts'

/**
 * Everything that commands and services share: the catalog, the store, the keys, and what is built on them. It neither signs nor
 * reads manifests, so it needs no right to the signing key.
 */
export interface System extends AsyncDisposable {
  readonly config: Config
  readonly contracts: ReadonlyMap<string, LoadedContract>
  readonly actor: string
  readonly catalog: WholeCatalog
  readonly store: OpenedStore
  readonly keys: KeyRecords
  readonly vault: Vault
  readonly events: Events
  readonly step: RunStep
}

/** A system with the signing key: it appends to the chains of manifests, and reads what they sign for. */
export interface SigningSystem extends System {
  readonly signer: Signer
  readonly chain: ManifestChain
}

export interface SystemOptions {
  /** The name of the lock's holder, such as `credence run`. */
  readonly command: string
  readonly signal?: AbortSignal | undefined
  /** Called around every named step of the protocol. */
  readonly onStep?: ((point: StepPoint) => void) | undefined
}

/**
 * Opens what a configuration names, and makes the data folder on first use. Throws `conflict` while another process has it, and
 * what the configured services throw.
 */
export async function openSystem(config: Config, options: SystemOptions): Promise<System> {
  await using stack = new AsyncDisposableStack()
  return closing(await openParts(config, options, stack), stack)
}

/** The same with the signing key, which is made when something is first signed. Only this system finds re-encrypted objects. */
export async function openSigningSystem(config: Config, options: SystemOptions): Promise<SigningSystem> {
  await using stack = new AsyncDisposableStack()
  return closing(await assembleSigning(await openParts(config, options, stack)), stack)
}

/** The opened parts of a system; whoever opened them closes them. */
export interface OpenedParts extends Pick<System, 'config' | 'contracts' | 'actor' | 'catalog' | 'store' | 'events'> {
  readonly keyrings: readonly [Keyring, ...Keyring[]]
}

type Assembled<Opened extends System> = Omit<Opened, keyof AsyncDisposable>

/** Builds a system over opened parts. */
export function assemble(parts: OpenedParts, onStep?: SystemOptions['onStep']): Assembled<System> {
  const { keyrings, ...opened } = parts
  const { config, store, catalog, events } = opened
  const { ttlSeconds } = config.keys
  const keys = createKeyRecords({ store, keyrings, memory: catalog.epochs, ttlSeconds, events })
  return { ...opened, keys, vault: createVault({ store, keys, events }), step: createSteps(onStep) }
}

/** The same with the signing key. Throws what the key services do. */
export async function assembleSigning(parts: Assembled<System>): Promise<Assembled<SigningSystem>> {
  const { store, keys, catalog } = parts
  await checkSigningKey(parts)
  const signer = await openSigner(keys)
  const chain = createManifestChain({ store, signer, ledger: catalog.chains })
  const vault = followReencrypted(parts.vault, { store, verifier: signer.verifier })
  return { ...parts, vault, signer, chain }
}

/**
 * Throws if links were signed but no signing key is chosen, so that nobody makes a second key because the choice of the first
 * was lost.
 */
async function checkSigningKey({ keys, catalog }: Pick<System, 'keys' | 'catalog'>): Promise<void> {
  if ((await keys.pointer(SIGNING)) !== null || (await catalog.epochs.newest(SIGNING)).length > 0) return
  if ((await catalog.chains.heads()).size === 0) return
  const message = `keys/${SIGNING} has no current.json, although manifests are signed: put it back from a copy`
  throw new AppError('not_found', message, { reason: 'signing_pointer' })
}

/** Opens what both kinds of system share; the stack has everything to close. */
async function openParts(
  config: Config,
  { command, signal, onStep }: SystemOptions,
  stack: AsyncDisposableStack,
): Promise<Assembled<System>> {
  const contracts = new Map<string, LoadedContract>()
  for (const [name, dataset] of Object.entries(config.datasets))
    contracts.set(name, await loadContract(dataset.contract))
  const actor = nameOfUser()
  const events = createEvents()
  const { catalog } = stack.use(await openConfiguredCatalog(config, { actor, command, signal }))
  const store = await openStore(config, events)
  stack.defer(() => store.close?.())
  const keyrings = await openKeyrings(config, store, events)
  return assemble({ config, contracts, actor, catalog, store, keyrings, events }, onStep)
}

function closing<Parts extends object>(parts: Parts, stack: AsyncDisposableStack): Parts & AsyncDisposable {
  const held = stack.move()
  return { ...parts, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** The contract and the settings of a dataset. Throws `not_found`, with the names that exist. */
export function datasetOf(system: Pick<System, 'config' | 'contracts'>, name: string) {
  const dataset = system.config.datasets[name]
  const loaded = system.contracts.get(name)
  if (dataset === undefined || loaded === undefined) {
    const names = Object.keys(system.config.datasets).join(', ')
    throw new AppError('not_found', `the configuration has no dataset ${name}; it has ${names}`)
  }
  return { dataset, ...loaded }
}

function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}` // a container's user may have no name
  }
}
