import { DefaultAzureCredential } from '@azure/identity'
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { checkPrefix } from '../path.ts'
import type { Store } from '../../store.ts'
import { refusedWrites, type RefusedWrites } from '../refused.ts'
import type { BlobConfig } from './config.ts'
import { identityOf, type AzureCredential, type AzureIdentity } from './identity.ts'
import { azureError, type AzureAction } from './storage-errors.ts'

export interface AzureStoreOptions extends Partial<BlobConfig> {
  /** The container; it must exist. */
  readonly container: string
  /** The storage account. Its public endpoint is used unless `url` names another. */
  readonly account?: string | undefined
  /** The default chain of the SDK without it: environment, workload identity, managed identity, signed-in developer. */
  readonly credential?: AzureCredential | undefined
  /** Allows plain HTTP, for emulators only. */
  readonly emulator?: boolean | undefined
  /** PEM of a certificate authority to trust instead of the public ones, for a private endpoint or a test. */
  readonly ca?: string | undefined
  /**
   * `unlocked` (the default): may be shortened with the right permission; `locked`: nobody can shorten it, not even the
   * account's owner.
   */
  readonly immutabilityMode?: 'unlocked' | 'locked' | undefined
  /** The longest time that one request may take. */
  readonly timeoutMs?: number | undefined
}

export interface AzureStore extends Store {
  /** The lines for `credence check`. Reports everything as a line and throws nothing. Writes and deletes one object. */
  check(): Promise<CheckLine[]>
}

/** A container that holds a store, and everything that its calls share. */
export interface AzureContainer {
  readonly account: string
  readonly container: string
  /** Empty, or ending in `/`. */
  readonly prefix: string
  readonly identity: AzureIdentity
  readonly client: ContainerClient
  /** The account's endpoint for blobs, without a trailing slash. */
  readonly blobUrl: string
  /** For further clients of the same account. */
  readonly pipelineOptions: AzurePipelineOptions
  readonly options: AzureStoreOptions
  readonly refused: RefusedWrites
  /** A signal that ends one request. */
  readonly signal: () => AbortSignal
  /** Runs a call. What it throws becomes an `AppError` that names the failed action and its path. */
  readonly failing: <T>(doing: string, action: AzureAction, path: string | null, call: () => Promise<T>) => Promise<T>
}

/** The SDK passes these on to its HTTP pipeline, although its type does not have `tlsOptions`. */
export interface AzurePipelineOptions {
  readonly retryOptions: { readonly maxTries: number }
  readonly tlsOptions?: { readonly ca: string }
}

const TIMEOUT_MS = 60_000
const ACCOUNT = /^[a-z0-9]{3,24}$/
const CONTAINER = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/**
 * Makes clients for a container, only over TLS (except for emulators); makes no call. Throws `invalid` for options that cannot
 * work or are unsafe.
 */
export function connectContainer(options: AzureStoreOptions): AzureContainer {
  const { container, prefix = '', timeoutMs = TIMEOUT_MS } = options
  if (!CONTAINER.test(container))
    throw new AppError('invalid', `not the name of a container: ${JSON.stringify(container)}`)
  checkPrefix(prefix)
  const days = options.immutabilityDays
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 146_000)) {
    throw new AppError('invalid', `immutabilityDays must be a whole number from 1 to 146000, not ${days}`)
  }
  const url = endpointOf(options)
  const blobUrl = withService(url, 'blob')
  const account = accountIn(url)
  const identity = identityOf(options.credential ?? new DefaultAzureCredential())
  const pipelineOptions: AzurePipelineOptions = {
    retryOptions: { maxTries: 1 },
    ...(options.ca === undefined ? {} : { tlsOptions: { ca: options.ca } }),
  }
  const service = new BlobServiceClient(blobUrl, newPipeline(identity.credential, pipelineOptions))
  return {
    account,
    container,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    identity,
    client: service.getContainerClient(container),
    blobUrl,
    pipelineOptions,
    options,
    refused: refusedWrites(),
    signal: () => AbortSignal.timeout(timeoutMs),
    async failing(doing, action, path, call) {
      try {
        return await call()
      } catch (error) {
        throw azureError(error, { doing, action, path, account, container, identity: identity.describe() })
      }
    },
  }
}

/** The endpoint of the account's other service; an emulator has one endpoint for both. */
export function withService(url: string, service: 'blob' | 'dfs'): string {
  return url.replace(/^(https:\/\/[^./]+)\.(?:blob|dfs)\./, `$1.${service}.`)
}

/** Whether the credential is an account key, which grants every permission. */
export function isAccountKey(credential: AzureCredential): boolean {
  return credential instanceof StorageSharedKeyCredential
}

function endpointOf({ account, url, emulator = false }: AzureStoreOptions): string {
  if (url === undefined) {
    if (account === undefined) throw new AppError('invalid', 'an Azure store needs `account` or `url`')
    if (!ACCOUNT.test(account))
      throw new AppError('invalid', `not the name of a storage account: ${JSON.stringify(account)}`)
    return `https://${account}.blob.core.windows.net`
  }
  const parsed = endpointUrl(url, 'the storage account', emulator)
  if (parsed.search !== '' || parsed.username !== '' || parsed.hash !== '') {
    throw new AppError('invalid', `the address of storage account ${parsed.host} must carry no token, user or fragment`)
  }
  const found = accountIn(url)
  if (account !== undefined && account !== found) {
    throw new AppError('invalid', `${parsed.origin} is the endpoint of account ${found}, not of ${account}`)
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

/** The account's name in `https://name.blob.…` or, for emulators, in `http://127.0.0.1:10000/name`. */
function accountIn(url: string): string {
  const { hostname, pathname } = new URL(url)
  return pathname.split('/').find((segment) => segment !== '') ?? hostname.split('.')[0] ?? hostname
}
