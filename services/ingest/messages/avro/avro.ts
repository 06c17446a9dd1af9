import { broken, FormatError } from '../../formats/format.ts'
import type { Body } from '../../source.ts'
import { createContainerReader, isContainer } from './container.ts'
import { AvroReader, Budget, uuidText } from './reader.ts'
import type { AvroSchemas } from './registry.ts'
import type { AvroNode } from './schema.ts'
import { bodyOfValue, cut, type UnpackLimits } from '../bodies.ts'
import { expand } from '../expand.ts'

/** One value and the schema that it was written with. */
interface Framed {
  readonly node: AvroNode
  readonly payload: Uint8Array
}

export interface AvroUnpacker {
  /** Whether the first bytes are those of a container, of the single-object encoding or of a registry's header. */
  recognises(bytes: Uint8Array): boolean
  /** Decodes the values in `bytes`; `schemaId` is the id in the content type. Throws FormatError. */
  unpack(bytes: Uint8Array, schemaId: string | null): Body[]
}

/**
 * Decodes Avro in the forms that streams carry: object container files; the single-object encoding (Apache Avro 1.12, Single
 * object encoding); after a header of Confluent's registry (a zero and a four-byte number, or a one and a UUID) or of AWS Glue's
 * (a three, the compression, a UUID); and without a header, under the schema that the content type names (Event Hubs) or the
 * only schema.
 */
export function createAvroUnpacker(schemas: AvroSchemas, limits: UnpackLimits): AvroUnpacker {
  const readContainer = createContainerReader(limits)

  const byId = (id: string): AvroNode => {
    const node = schemas.byId(id)
    if (node === null) throw new FormatError('undecodable', `Avro schema ${id} is not in the schema file: add it there`)
    return node
  }

  const frameOf = (bytes: Uint8Array, schemaId: string | null): Framed => {
    if (schemaId !== null) return { node: byId(schemaId), payload: bytes }
    if (isSingleObject(bytes)) {
      const fingerprint = Buffer.from(bytes.subarray(2, 10)).reverse().toString('hex')
      const node = schemas.byFingerprint(fingerprint)
      if (node !== null) return { node, payload: bytes.subarray(10) }
      if (schemas.only === null) {
        throw new FormatError('undecodable', `the Avro schema of fingerprint ${fingerprint} is not in the schema file`)
      }
    }
    // a schema file with one schema and no ids means that messages have no header
    if (schemas.only !== null) return { node: schemas.only, payload: bytes }
    return headed(bytes)
  }

  const headed = (bytes: Uint8Array): Framed => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (isGlue(bytes)) {
      const payload = bytes.subarray(18)
      const plain = bytes[1] === GLUE_ZLIB ? expand(payload, 'deflate', limits.messageBytes) : payload
      return { node: byId(uuidText(bytes.subarray(2, 18))), payload: plain }
    }
    if (bytes[0] === 0 && bytes.length >= 5)
      return { node: byId(String(view.readUInt32BE(1))), payload: bytes.subarray(5) }
    if (bytes[0] === 1 && bytes.length >= 17)
      return { node: byId(uuidText(bytes.subarray(1, 17))), payload: bytes.subarray(17) }
    throw new FormatError('undecodable', 'Avro that names no schema: give a schema file with one schema')
  }

  return {
    recognises: (bytes) => isContainer(bytes) || isSingleObject(bytes) || isGlue(bytes) || isConfluent(bytes),
    unpack(bytes, schemaId) {
      if (isContainer(bytes)) return readContainer(bytes)
      const { node, payload } = frameOf(bytes, schemaId)
      const budget = new Budget()
      budget.allow(payload.length)
      const reader = new AvroReader(payload, budget)
      const value = reader.read(node)
      // a value that is shorter than its message was written with another schema
      if (reader.left > 0) return [broken('undecodable', 'Avro that goes on after its value', cut(bytes))]
      return [bodyOfValue(value, payload, limits)]
    },
  }
}

const GLUE_ZLIB = 5

function isSingleObject(bytes: Uint8Array): boolean {
  return bytes[0] === 0xc3 && bytes[1] === 0x01 && bytes.length >= 10
}

function isGlue(bytes: Uint8Array): boolean {
  return bytes[0] === 3 && (bytes[1] === 0 || bytes[1] === GLUE_ZLIB) && bytes.length >= 18
}

function isConfluent(bytes: Uint8Array): boolean {
  return (bytes[0] === 0 && bytes.length >= 5) || (bytes[0] === 1 && bytes.length >= 17)
}
