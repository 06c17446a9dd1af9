import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { StorageRequest } from './actions.ts'
import type { Container, Node, Tree } from './tree.ts'

/** A request with its body, and the account that it meets. */
export interface Exchange extends StorageRequest {
  readonly body: Buffer
  readonly tree: Tree
  readonly hierarchical: boolean
  /** The most entries that one answer lists. */
  readonly pageSize: number
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

/** What the service answers with in place of a result. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message = code) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function containerOf({ tree, container }: Exchange): Container {
  const found = tree.containers.get(container)
  if (found === undefined) throw new Refusal(404, 'ContainerNotFound', 'The specified container does not exist.')
  return found
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/**
 * The conditions of a write on what is there now. `exists` is the code for `If-None-Match: *` on what exists: 409, where
 * every other condition that does not hold is 412.
 */
export function checkWriteConditions(headers: IncomingHttpHeaders, node: Node | undefined, exists: string): void {
  const match = header(headers, 'if-match')
  const noneMatch = header(headers, 'if-none-match')
  if (noneMatch === '*' && node !== undefined) throw new Refusal(409, exists, 'The specified path already exists.')
  const unmet =
    (match !== undefined && (node === undefined || (match !== '*' && match !== node.etag))) ||
    (noneMatch !== undefined && node !== undefined && noneMatch === node.etag)
  if (unmet)
    throw new Refusal(412, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.')
}

export function checkReadConditions(headers: IncomingHttpHeaders, node: Node): void {
  const match = header(headers, 'if-match')
  const noneMatch = header(headers, 'if-none-match')
  if (match !== undefined && match !== '*' && match !== node.etag) throw new Refusal(412, 'ConditionNotMet')
  if (noneMatch === '*' || noneMatch === node.etag) throw new Refusal(304, 'ConditionNotMet')
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64')
}

/** Holds the body against each of these headers that is there. */
export function checkMd5({ headers, body }: Exchange, ...names: readonly string[]): void {
  for (const name of names) {
    const sent = header(headers, name)
    if (sent !== undefined && sent !== md5Of(body)) {
      throw new Refusal(
        400,
        'Md5Mismatch',
        'The MD5 value specified in the request did not match the MD5 value calculated by the server.',
      )
    }
  }
}

export function metadataIn(headers: IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-meta-'))
    .map((name) => [name.slice('x-ms-meta-'.length), header(headers, name) ?? ''] as const)
  return Object.fromEntries(pairs)
}

/** The directories above a path that are not there yet, and the refusal where a file stands in one's place. */
export function parentsFor({ tree, hierarchical }: Exchange, container: Container, path: string): Record<string, Node> {
  const missing: Record<string, Node> = {}
  if (!hierarchical) return missing
  const segments = path.split('/')
  for (let length = 1; length < segments.length; length++) {
    const at = segments.slice(0, length).join('/')
    const found = container.nodes.get(at)
    if (found !== undefined && !found.directory) throw new Refusal(409, 'PathConflict', `A file stands at ${at}.`)
    if (found === undefined) missing[at] = directoryNode(tree)
  }
  return missing
}

export function directoryNode(tree: Tree): Node {
  const now = new Date().toISOString()
  const common = { data: null, size: 0, etag: tree.etag(), modified: now, created: now, metadata: {} }
  return { directory: true, contentType: 'application/octet-stream', ...common }
}
