import { listPaths } from './listing.ts'
import type { Container, Node } from './tree.ts'
import {
  checkMd5,
  checkWriteConditions,
  containerOf,
  directoryNode,
  header,
  parentsFor,
  Refusal,
  type Answer,
  type Exchange,
} from './wire.ts'

/** Whether a request speaks the protocol of Data Lake Storage rather than that of the Blob service. */
export function isDfs({ method, query, headers }: Exchange): boolean {
  const marks = ['resource', 'action', 'recursive'].some((name) => query.has(name))
  const renames = header(headers, 'x-ms-rename-source') !== undefined
  const deletes = method === 'DELETE' && header(headers, 'accept')?.includes('json') === true
  return marks || renames || deletes
}

/** Requests of Data Lake Storage Gen2: create, append, flush, rename, list, delete. */
export function answerDfs(exchange: Exchange): Answer {
  const { method, path, query, hierarchical } = exchange
  if (!hierarchical) throw new Refusal(400, 'OperationNotSupportedOnFlatNamespace')
  if (path === '') {
    if (method === 'GET') return listPaths(exchange)
    const { etag } = containerOf(exchange)
    if (method === 'HEAD') return { status: 200, headers: { etag, 'x-ms-namespace-enabled': 'true' } }
    throw new Refusal(405, 'UnsupportedHttpVerb')
  }
  if (method === 'PUT') {
    return header(exchange.headers, 'x-ms-rename-source') === undefined ? createPath(exchange) : renamePath(exchange)
  }
  if (method === 'DELETE') return deletePath(exchange)
  if (method === 'PATCH') {
    if (query.get('action') === 'append') return append(exchange)
    if (query.get('action') === 'flush') return flush(exchange)
  }
  throw new Refusal(400, 'InvalidQueryParameterValue', 'This emulator has create, append, flush, rename, list, delete.')
}

/** A file is there, and empty, from now on: for everybody. */
function createPath(exchange: Exchange): Answer {
  const { tree, container: name, path, query, headers } = exchange
  const container = containerOf(exchange)
  const found = container.nodes.get(path)
  checkWriteConditions(headers, found, 'PathAlreadyExists')
  const directory = query.get('resource') === 'directory'
  if (found !== undefined && found.directory !== directory) throw new Refusal(409, 'PathConflict')
  const node = { ...directoryNode(tree), directory, ...(found?.directory === true ? { etag: found.etag } : {}) }
  const nodes = { ...parentsFor(exchange, container, path), [path]: node }
  tree.change({ container: name, nodes, appended: { [path]: null }, blocks: { [path]: null } })
  return { status: 201, headers: stateOf(node) }
}

function append(exchange: Exchange): Answer {
  const { tree, container, path, query, body } = exchange
  fileAt(exchange)
  checkMd5(exchange, 'content-md5')
  const position = Number(query.get('position') ?? Number.NaN)
  if (!Number.isSafeInteger(position)) throw new Refusal(400, 'InvalidQueryParameterValue', 'position')
  const piece = { position, size: body.length, data: tree.contents.put(body) }
  tree.change({ container, appended: { [path]: [piece] } })
  const encrypted = { 'x-ms-request-server-encrypted': 'true' }
  if (query.get('flush') !== 'true') return { status: 202, headers: encrypted }
  const { headers = {} } = flushTo(exchange, position + body.length)
  return { status: 202, headers: { ...headers, ...encrypted } }
}

function flush(exchange: Exchange): Answer {
  const { body, query } = exchange
  if (body.length > 0) throw new Refusal(400, 'ContentLengthMustBeZero')
  return flushTo(exchange, Number(query.get('position')))
}

function flushTo(exchange: Exchange, position: number): Answer {
  const { tree, container, path, headers } = exchange
  const node = fileAt(exchange)
  checkWriteConditions(headers, node, 'PathAlreadyExists')
  const pieces = [...(containerOf(exchange).appended.get(path) ?? [])].sort((a, b) => a.position - b.position)
  let size = node.size
  for (const piece of pieces) size = piece.position === size ? size + piece.size : Number.NaN
  if (size !== position) {
    throw new Refusal(
      400,
      'InvalidFlushPosition',
      'The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data.',
    )
  }
  const before = node.data === null ? Buffer.alloc(0) : tree.contents.get(node.data)
  const bytes = Buffer.concat([before, ...pieces.map(({ data }) => tree.contents.get(data))])
  const { md5: _, ...kept } = node // of what was there before
  const flushed: Node = {
    ...kept,
    data: tree.contents.put(bytes),
    size,
    etag: tree.etag(),
    modified: new Date().toISOString(),
  }
  tree.change({ container, nodes: { [path]: flushed }, appended: { [path]: null } })
  return { status: 200, headers: { ...stateOf(flushed), 'content-length': '0' } }
}

/** Moves a file or a directory with all that is in it, at once; what is moved keeps its entity tag. */
function renamePath(exchange: Exchange): Answer {
  const { tree, container: name, path, headers } = exchange
  const container = containerOf(exchange)
  const source = sourceOf(exchange)
  const node = container.nodes.get(source)
  if (node === undefined)
    throw new Refusal(404, 'SourcePathNotFound', 'The source path for a rename operation does not exist.')
  const sourceMatch = header(headers, 'x-ms-source-if-match')
  if (sourceMatch !== undefined && sourceMatch !== node.etag) throw new Refusal(412, 'SourceConditionNotMet')
  checkWriteConditions(headers, container.nodes.get(path), 'PathAlreadyExists')
  refuseDestination(container, source, path, node)
  const nodes: Record<string, Node | null> = {}
  for (const [at, moved] of container.nodes) {
    if (at !== source && !at.startsWith(`${source}/`)) continue
    nodes[at] = null
    nodes[`${path}${at.slice(source.length)}`] = moved
  }
  tree.change({ container: name, nodes, appended: { [source]: null, [path]: null } })
  return { status: 201, headers: stateOf(node) }
}

function refuseDestination({ nodes }: Container, source: string, path: string, node: Node): void {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  if (parent !== '' && nodes.get(parent)?.directory !== true) {
    throw new Refusal(
      404,
      'RenameDestinationParentPathNotFound',
      'The parent directory of the destination path does not exist.',
    )
  }
  if (`${path}/`.startsWith(`${source}/`)) throw new Refusal(409, 'InvalidRenameSourcePath')
  const found = nodes.get(path)
  const full = [...nodes.keys()].some((other) => other.startsWith(`${path}/`))
  if (found !== undefined && (found.directory !== node.directory || full)) {
    throw new Refusal(409, full ? 'DestinationPathIsNotEmpty' : 'PathConflict')
  }
}

/** `/account/filesystem/path`, or without the account as the SDK has it in path style; a token may follow. */
function sourceOf({ container, headers }: Exchange): string {
  const given = decodeURIComponent((header(headers, 'x-ms-rename-source') ?? '').split('?')[0] ?? '')
  const segments = given.replace(/^\//, '').split('/')
  const at = segments.indexOf(container)
  if (at === -1 || at > 1) throw new Refusal(400, 'InvalidSourceUri', 'The source URI is invalid.')
  return segments.slice(at + 1).join('/')
}

function deletePath(exchange: Exchange): Answer {
  const { tree, container: name, path, query, headers } = exchange
  const { nodes } = containerOf(exchange)
  const node = nodes.get(path)
  if (node === undefined) throw new Refusal(404, 'PathNotFound', 'The specified path does not exist.')
  checkWriteConditions(headers, node, 'PathAlreadyExists')
  const below = [...nodes.keys()].filter((other) => other.startsWith(`${path}/`))
  if (below.length > 0 && query.get('recursive') !== 'true') {
    throw new Refusal(
      409,
      'DirectoryNotEmpty',
      'The recursive query parameter value must be true to delete a non-empty directory.',
    )
  }
  tree.change({ container: name, nodes: Object.fromEntries([path, ...below].map((at) => [at, null])) })
  return { status: 200 }
}

function fileAt(exchange: Exchange): Node {
  const node = containerOf(exchange).nodes.get(exchange.path)
  if (node === undefined) throw new Refusal(404, 'PathNotFound', 'The specified path does not exist.')
  if (node.directory) throw new Refusal(409, 'PathConflict', 'A directory stands there.')
  return node
}

function stateOf({ etag, modified }: Node): Record<string, string> {
  return { etag, 'last-modified': new Date(modified).toUTCString() }
}
