import { containerOf, Refusal, type Answer, type Exchange } from './wire.ts'
import type { Node } from './tree.ts'

const MOST = 5000

type Entry = readonly [name: string, node: Node]

/** Path - List: the entries of a directory by name, or with `recursive` each directory before what is in it. */
export function listPaths(exchange: Exchange): Answer {
  const { query } = exchange
  const container = containerOf(exchange)
  const folder = (query.get('directory') ?? '').replace(/^\/|\/$/g, '')
  if (folder !== '' && container.nodes.get(folder)?.directory !== true) {
    throw new Refusal(404, 'PathNotFound', 'The specified path does not exist.')
  }
  const start = folder === '' ? '' : `${folder}/`
  const recursive = query.get('recursive') === 'true'
  const entries = [...container.nodes]
    .filter(([name]) => name.startsWith(start) && (recursive || !name.slice(start.length).includes('/')))
    .sort(byDepthFirst)
  const { page, next } = pageOf(exchange, entries, query.get('continuation'), query.get('maxResults'))
  const paths = page.map(([name, node]) => ({
    name,
    contentLength: String(node.size),
    etag: node.etag.replaceAll('"', ''),
    lastModified: new Date(node.modified).toUTCString(),
    owner: '$superuser',
    group: '$superuser',
    permissions: node.directory ? 'rwxr-x---' : 'rw-r-----',
    ...(node.directory ? { isDirectory: 'true' } : {}),
  }))
  return {
    status: 200,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      ...(next === null ? {} : { 'x-ms-continuation': next }),
    },
    body: JSON.stringify({ paths }),
  }
}

/** List Blobs without a delimiter; a hierarchical account lists its directories among them, in its own order. */
export function listBlobs(exchange: Exchange): Answer {
  const { query, hierarchical, container: name } = exchange
  if (query.has('delimiter')) throw new Refusal(400, 'UnsupportedQueryParameter', 'This emulator lists flat.')
  const prefix = query.get('prefix') ?? ''
  const entries = [...containerOf(exchange).nodes].filter(([path]) => path.startsWith(prefix))
  entries.sort(hierarchical ? byDepthFirst : byName)
  const { page, next } = pageOf(exchange, entries, query.get('marker'), query.get('maxresults'))
  const blobs = page.map(([path, node]) => blobXml(path, node, query.get('include')?.includes('metadata') === true))
  const body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="${name}"><Blobs>${blobs.join('')}</Blobs><NextMarker>${next ?? ''}</NextMarker></EnumerationResults>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

function blobXml(path: string, node: Node, withMetadata: boolean): string {
  const metadata = { ...node.metadata, ...(node.directory ? { hdi_isfolder: 'true' } : {}) }
  const pairs = Object.entries(metadata).map(([key, value]) => `<${key}>${escapeXml(value)}</${key}>`)
  const properties = `<Last-Modified>${new Date(node.modified).toUTCString()}</Last-Modified><Etag>${node.etag.replaceAll('"', '')}</Etag><Content-Length>${node.size}</Content-Length><Content-Type>${node.contentType}</Content-Type><BlobType>BlockBlob</BlobType><ResourceType>${node.directory ? 'directory' : 'file'}</ResourceType>`
  const shown = withMetadata ? `<Metadata>${pairs.join('')}</Metadata>` : ''
  return `<Blob><Name>${escapeXml(path)}</Name><Properties>${properties}</Properties>${shown}</Blob>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function pageOf(
  { pageSize }: Exchange,
  entries: readonly Entry[],
  token: string | null,
  asked: string | null,
): { page: readonly Entry[]; next: string | null } {
  const after = token === null || token === '' ? null : Buffer.from(token, 'base64url').toString()
  // a token names the last entry that was listed, which may be gone meanwhile
  const from = after === null ? 0 : entries.findIndex(([name]) => sortKey(name) > sortKey(after))
  const left = from === -1 ? [] : entries.slice(from)
  const page = left.slice(0, Math.min(pageSize, MOST, asked === null ? MOST : Number(asked)))
  const last = page.at(-1)
  const more = last !== undefined && page.length < left.length
  return { page, next: more ? Buffer.from(last[0]).toString('base64url') : null }
}

/** By name segment for segment: a directory comes right before what is in it. */
function byDepthFirst([a]: Entry, [b]: Entry): number {
  return sortKey(a) < sortKey(b) ? -1 : 1
}

function byName([a]: Entry, [b]: Entry): number {
  return a < b ? -1 : 1
}

function sortKey(name: string): string {
  return name.replaceAll('/', '\0')
}
