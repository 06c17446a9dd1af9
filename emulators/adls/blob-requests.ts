import { listBlobs } from './listing.ts'
import type { Container, Node } from './tree.ts'
import {
  checkMd5,
  checkReadConditions,
  checkWriteConditions,
  containerOf,
  header,
  md5Of,
  metadataIn,
  parentsFor,
  Refusal,
  type Answer,
  type Exchange,
} from './wire.ts'

/** Requests of the Blob service: containers, block blobs by one request or by blocks, reading, listing, deleting. */
export function answerBlob(exchange: Exchange): Answer {
  const { method, path, query } = exchange
  if (path === '') return query.get('comp') === 'list' ? listBlobs(exchange) : answerContainer(exchange)
  if (method === 'PUT') {
    switch (query.get('comp')) {
      case null:
        return putBlob(exchange)
      case 'block':
        return putBlock(exchange)
      case 'blocklist':
        return putBlockList(exchange)
      case 'metadata':
        return setMetadata(exchange)
      default:
        throw new Refusal(400, 'InvalidQueryParameterValue')
    }
  }
  if (method === 'GET' || method === 'HEAD') return getBlob(exchange)
  if (method === 'DELETE') return deleteBlob(exchange)
  throw new Refusal(405, 'UnsupportedHttpVerb')
}

function answerContainer(exchange: Exchange): Answer {
  const { method, tree, container: name, headers } = exchange
  if (method === 'PUT') {
    if (tree.containers.has(name)) throw new Refusal(409, 'ContainerAlreadyExists')
    const access = header(headers, 'x-ms-blob-public-access')
    const scope = header(headers, 'x-ms-default-encryption-scope')
    const created = { at: new Date().toISOString(), etag: tree.etag() }
    const settings = {
      ...(access === 'container' || access === 'blob' ? ({ publicAccess: access } as const) : {}),
      ...(scope === undefined ? {} : { defaultScope: scope }),
      denyScopeOverride: header(headers, 'x-ms-deny-encryption-scope-override') === 'true',
    }
    tree.change({ container: name, created, settings })
    return { status: 201, headers: { etag: created.etag } }
  }
  const { settings, etag, created } = containerOf(exchange)
  if (method === 'DELETE') {
    tree.change({ container: name, removed: true })
    return { status: 202 }
  }
  const { publicAccess, defaultScope, denyScopeOverride = false } = settings
  return {
    status: 200,
    headers: {
      etag,
      'last-modified': new Date(created).toUTCString(),
      'x-ms-has-immutability-policy': String(settings.containerImmutability ?? false),
      'x-ms-has-legal-hold': 'false',
      'x-ms-immutable-storage-with-versioning-enabled': String(settings.versionLevelImmutability ?? false),
      'x-ms-default-encryption-scope': defaultScope ?? '$account-encryption-key',
      'x-ms-deny-encryption-scope-override': String(denyScopeOverride),
      ...(publicAccess === undefined ? {} : { 'x-ms-blob-public-access': publicAccess }),
    },
  }
}

function putBlob(exchange: Exchange): Answer {
  const { headers, body } = exchange
  if (header(headers, 'x-ms-blob-type') !== 'BlockBlob') throw new Refusal(400, 'InvalidHeaderValue', 'x-ms-blob-type')
  checkMd5(exchange, 'content-md5', 'x-ms-blob-content-md5')
  return publish(exchange, body, md5Of(body))
}

function putBlock(exchange: Exchange): Answer {
  const { tree, container, path, query, body } = exchange
  const held = containerOf(exchange)
  const id = query.get('blockid') ?? ''
  const others = [...(held.blocks.get(path)?.keys() ?? [])]
  if (id === '' || others.some((other) => other.length !== id.length)) throw new Refusal(400, 'InvalidBlobOrBlock')
  checkMd5(exchange, 'content-md5')
  tree.change({ container, blocks: { [path]: { [id]: tree.contents.put(body) } } })
  return { status: 201, headers: { 'content-md5': md5Of(body), ...encryption(exchange, held) } }
}

/** Commits uncommitted blocks alone: blocks of the blob's present version are not taken over into the next. */
function putBlockList(exchange: Exchange): Answer {
  const { tree, path, body, headers } = exchange
  const blocks = containerOf(exchange).blocks.get(path) ?? new Map<string, string>()
  const ids = [...body.toString('utf8').matchAll(/<(Latest|Uncommitted)>([^<]+)<\/\1>/g)].map((match) => match[2] ?? '')
  const parts = ids.map((id) => {
    const data = blocks.get(id)
    if (data === undefined) throw new Refusal(400, 'InvalidBlockList', 'The specified block list is invalid.')
    return tree.contents.get(data)
  })
  checkMd5(exchange, 'content-md5')
  return publish(exchange, Buffer.concat(parts), header(headers, 'x-ms-blob-content-md5'))
}

/** Makes a blob appear as a whole, under the request's conditions. */
function publish(exchange: Exchange, bytes: Buffer, md5: string | undefined): Answer {
  const { tree, container: name, path, headers } = exchange
  const container = containerOf(exchange)
  const found = container.nodes.get(path)
  checkWriteConditions(headers, found, 'BlobAlreadyExists')
  if (found?.directory === true) throw new Refusal(409, 'ResourceTypeMismatch')
  const encrypted = encryption(exchange, container)
  const now = new Date().toISOString()
  const until = header(headers, 'x-ms-immutability-policy-until-date')
  const versioned = container.settings.versionLevelImmutability === true
  const scope = encrypted['x-ms-encryption-scope']
  const etag = tree.etag()
  const node: Node = {
    directory: false,
    data: tree.contents.put(bytes),
    size: bytes.length,
    etag,
    modified: now,
    created: found?.created ?? now,
    contentType: header(headers, 'x-ms-blob-content-type') ?? 'application/octet-stream',
    metadata: metadataIn(headers),
    ...(md5 === undefined ? {} : { md5 }),
    ...(scope === undefined ? {} : { scope }),
    ...(versioned ? { version: now } : {}),
    ...(versioned && until !== undefined
      ? { immutableUntil: until, immutableMode: header(headers, 'x-ms-immutability-policy-mode') ?? 'Unlocked' }
      : {}),
  }
  tree.change({
    container: name,
    nodes: { ...parentsFor(exchange, container, path), [path]: node },
    blocks: { [path]: null },
    appended: { [path]: null },
  })
  return {
    status: 201,
    headers: {
      etag,
      'last-modified': new Date(now).toUTCString(),
      ...encrypted,
      ...(md5 === undefined ? {} : { 'content-md5': md5 }),
      ...(versioned ? { 'x-ms-version-id': now } : {}),
    },
  }
}

function setMetadata(exchange: Exchange): Answer {
  const { tree, container: name, path, headers } = exchange
  const node = containerOf(exchange).nodes.get(path)
  if (node === undefined) throw new Refusal(404, 'BlobNotFound', 'The specified blob does not exist.')
  checkWriteConditions(headers, node, 'BlobAlreadyExists')
  const changed = { ...node, metadata: metadataIn(headers), etag: tree.etag(), modified: new Date().toISOString() }
  tree.change({ container: name, nodes: { [path]: changed } })
  return { status: 200, headers: { etag: changed.etag, 'last-modified': new Date(changed.modified).toUTCString() } }
}

/** What the service says of encryption; a container may hold everybody to its own scope. */
function encryption({ headers }: Exchange, { settings }: Container): Record<string, string> {
  const asked = header(headers, 'x-ms-encryption-scope')
  const { defaultScope, denyScopeOverride = false } = settings
  if (denyScopeOverride && asked !== undefined && asked !== defaultScope) {
    throw new Refusal(409, 'RequestEncryptionScopeNotAllowed', 'The container does not allow another encryption scope.')
  }
  const scope = asked ?? defaultScope
  return { 'x-ms-request-server-encrypted': 'true', ...(scope === undefined ? {} : { 'x-ms-encryption-scope': scope }) }
}

function getBlob(exchange: Exchange): Answer {
  const { tree, path, method, headers, hierarchical } = exchange
  const node = containerOf(exchange).nodes.get(path)
  if (node === undefined) throw new Refusal(404, 'BlobNotFound', 'The specified blob does not exist.')
  checkReadConditions(headers, node)
  const about = {
    etag: node.etag,
    'last-modified': new Date(node.modified).toUTCString(),
    'x-ms-creation-time': new Date(node.created).toUTCString(),
    'content-type': node.contentType,
    'accept-ranges': 'bytes',
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-server-encrypted': 'true',
    ...Object.fromEntries(Object.entries(node.metadata).map(([key, value]) => [`x-ms-meta-${key}`, value])),
    ...(node.directory ? { 'x-ms-meta-hdi_isfolder': 'true' } : {}),
    ...(hierarchical
      ? { 'x-ms-resource-type': node.directory ? 'directory' : 'file', 'x-ms-owner': '$superuser' }
      : {}),
    ...(node.scope === undefined ? {} : { 'x-ms-encryption-scope': node.scope }),
    ...(node.version === undefined ? {} : { 'x-ms-version-id': node.version, 'x-ms-is-current-version': 'true' }),
    ...(node.immutableUntil === undefined
      ? {}
      : {
          'x-ms-immutability-policy-until-date': node.immutableUntil,
          'x-ms-immutability-policy-mode': (node.immutableMode ?? '').toLowerCase(),
        }),
  }
  const whole = node.md5 === undefined ? {} : { 'content-md5': node.md5 }
  if (method === 'HEAD') return { status: 200, headers: { ...about, ...whole, 'content-length': String(node.size) } }
  const bytes = node.data === null ? Buffer.alloc(0) : tree.contents.get(node.data)
  const range = /^bytes=(\d+)-(\d*)$/.exec(header(headers, 'x-ms-range') ?? header(headers, 'range') ?? '')
  if (range === null) return { status: 200, headers: { ...about, ...whole }, body: bytes }
  const from = Number(range[1])
  if (from >= bytes.length)
    throw new Refusal(416, 'InvalidRange', 'The range specified is invalid for the current size of the resource.')
  const to = range[2] === '' ? bytes.length : Math.min(bytes.length, Number(range[2]) + 1)
  return {
    status: 206,
    headers: {
      ...about,
      ...(node.md5 === undefined ? {} : { 'x-ms-blob-content-md5': node.md5 }),
      'content-range': `bytes ${from}-${to - 1}/${bytes.length}`,
    },
    body: bytes.subarray(from, to),
  }
}

function deleteBlob(exchange: Exchange): Answer {
  const { tree, container: name, path, headers } = exchange
  const { nodes, settings } = containerOf(exchange)
  const node = nodes.get(path)
  if (node === undefined) throw new Refusal(404, 'BlobNotFound', 'The specified blob does not exist.')
  checkWriteConditions(headers, node, 'BlobAlreadyExists')
  if (node.directory && [...nodes.keys()].some((other) => other.startsWith(`${path}/`))) {
    throw new Refusal(409, 'DirectoryIsNotEmpty', 'This operation is not permitted on a non-empty directory.')
  }
  if (settings.containerImmutability === true) throw new Refusal(409, 'BlobImmutableDueToPolicy')
  tree.change({ container: name, nodes: { [path]: null } })
  return { status: 202, headers: { 'x-ms-delete-type-permanent': 'true' } }
}
