import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Failure } from './failure.ts'

/** Algorithms as headers name them, `x-amz-checksum-<name>`, each to its raw bytes. */
export const ALGORITHMS: { readonly [name: string]: (bytes: Uint8Array) => Buffer } = {
  crc32: (bytes) => fourBytes(crc32(bytes)),
  crc32c: (bytes) => fourBytes(crc32c(bytes)),
  sha1: (bytes) => createHash('sha1').update(bytes).digest(),
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
}

export interface Checksum {
  readonly algorithm: string
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** The checksum that a request sends for its body, verified; null when it sends none. Throws `BadDigest`. */
export function checksumOf(headers: Readonly<Record<string, string>>, body: Uint8Array): Checksum | null {
  const md5 = headers['content-md5']
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) throw badDigest('Content-MD5')
  const sent = Object.keys(headers).filter((name) => /^x-amz-checksum-(?!algorithm$|mode$|type$)/.test(name))
  if (sent.length > 1) throw new S3Failure(400, 'InvalidRequest', 'Expecting a single x-amz-checksum- header.')
  const [header] = sent
  if (header === undefined) return null
  const algorithm = header.slice('x-amz-checksum-'.length)
  const compute = ALGORITHMS[algorithm]
  if (compute === undefined) throw new S3Failure(501, 'NotImplemented', `This emulator does not compute ${algorithm}.`)
  const value = headers[header] ?? ''
  if (compute(body).toString('base64') !== value) throw badDigest(algorithm.toUpperCase())
  return { algorithm, value, type: 'FULL_OBJECT' }
}

export function badDigest(what: string): S3Failure {
  return new S3Failure(400, 'BadDigest', `The ${what} you specified did not match the calculated checksum.`)
}

function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC32C[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
