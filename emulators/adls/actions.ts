import type { IncomingHttpHeaders } from 'node:http'
import type { Call } from '../emulator.ts'

/** The account that every Azure emulator has; its key is published with the documentation. */
export const EMULATED_ACCOUNT = 'devstoreaccount1'
export const EMULATED_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

const SERVICE = 'Microsoft.Storage/storageAccounts/blobServices'
const CONTAINERS = `${SERVICE}/containers`

/** A request to either endpoint of a storage account, taken apart. */
export interface StorageRequest {
  readonly method: string
  readonly container: string
  /** Decoded, without a slash in front; empty for the container. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/**
 * Takes `/account/container/a/b?query` apart, as emulators are addressed; the account may be missing, since the SDK for
 * Data Lake Storage forgets it in the address of a rename's destination.
 */
export function parseStorageRequest(method: string, url: string, headers: IncomingHttpHeaders): StorageRequest {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const segments = pathname.split('/').slice(1).map(decodeURIComponent)
  const [container = '', ...rest] = segments[0] === EMULATED_ACCOUNT ? segments.slice(1) : segments
  return { method, container, path: rest.join('/').replace(/\/$/, ''), query: searchParams, headers }
}

/** The data action that Azure's role-based access control asks for a request, and the resource that it is asked for. */
export function actionOf({ method, container, path, query, headers }: StorageRequest): Call {
  const inContainer = `containers/${container}`
  if (container === '') return { action: `${SERVICE}/read`, resource: 'blobServices/default' }
  const lists = query.get('comp') === 'list' || (query.get('resource') === 'filesystem' && method === 'GET')
  if (path === '') {
    if (lists) return { action: `${CONTAINERS}/blobs/read`, resource: `${inContainer}/blobs/${folderOf(query)}` }
    return { action: `${CONTAINERS}/${verb(method)}`, resource: inContainer }
  }
  const moves = method === 'PUT' && headers['x-ms-rename-source'] !== undefined
  const action = moves ? `${CONTAINERS}/blobs/move/action` : `${CONTAINERS}/blobs/${verb(method)}`
  return { action, resource: `${inContainer}/blobs/${path}` }
}

function folderOf(query: URLSearchParams): string {
  return query.get('prefix') ?? query.get('directory') ?? ''
}

function verb(method: string): string {
  if (method === 'GET' || method === 'HEAD') return 'read'
  return method === 'DELETE' ? 'delete' : 'write'
}
