import type { IncomingHttpHeaders } from 'node:http'
import { S3Failure } from './failure.ts'

/** One request, its body decoded. */
export interface S3Request {
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  /** With those that trail an aws-chunked body. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface S3Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: Buffer | string
  /** The connection breaks when half the body is sent. */
  readonly torn?: boolean
}

/** Elements of an answer: a list repeats its element, undefined leaves it out. */
export type XmlValue = string | number | boolean | undefined | XmlValue[] | { [name: string]: XmlValue }

const ENTITIES: { readonly [char: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function xml(root: string, value: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, value)}`
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('')
  const inner =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, held]) => element(child, held))
          .join('')
      : String(value).replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
  return `<${name}>${inner}</${name}>`
}

/** The contents of every `<name>` in a document, nested ones of the same name aside. */
export function elements(document: string, name: string): string[] {
  return [...document.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, inner = '']) => inner)
}

export function text(document: string, name: string): string | undefined {
  return elements(document, name)[0]?.replace(
    /&(amp|lt|gt|quot);/g,
    (entity) => Object.keys(ENTITIES).find((char) => ENTITIES[char] === entity) ?? entity,
  )
}

export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(',') : value
  }
  return flat
}

/** The payload of an aws-chunked body without chunk signatures, and its trailers (AWS, "Signature calculations: trailing headers"). */
export function decodeChunks(body: Buffer): { readonly payload: Buffer; readonly trailers: Record<string, string> } {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = end < 0 ? Number.NaN : Number.parseInt(body.toString('latin1', at, end), 16)
    if (!Number.isInteger(size) || end + 2 + size > body.length) throw new S3Failure(400, 'IncompleteBody')
    at = end + 2
    if (size === 0) break
    chunks.push(body.subarray(at, at + size))
    at += size + 2
  }
  const trailers: Record<string, string> = {}
  for (const line of body.toString('latin1', at).split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { payload: Buffer.concat(chunks), trailers }
}
