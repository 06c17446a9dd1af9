import { FormatError } from '../../formats/format.ts'

/** A compiled schema: names are resolved, and logical types that change the value have their own kinds. */
export type AvroNode =
  | { readonly kind: Primitive }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'decimal'; readonly size: number | null; readonly scale: number }
  | { readonly kind: 'uuid' | 'duration' }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly of: AvroNode }
  | { readonly kind: 'union'; readonly branches: readonly AvroNode[] }
  | { readonly kind: 'record'; readonly fields: readonly AvroField[] }

export interface AvroField {
  readonly name: string
  readonly type: AvroNode
}

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type Primitive = (typeof PRIMITIVES)[number]

const NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/
const MOST = { nodes: 20_000, depth: 128, precision: 600 }

/**
 * Compiles a schema (Apache Avro 1.12, Schema Declaration) without generating code. Throws FormatError, which says what is wrong
 * and quotes nothing. A schema in a message may be hostile, so its size and depth are limited.
 */
export function parseAvroSchema(schema: unknown): AvroNode {
  const named = new Map<string, AvroNode>()
  let left = MOST.nodes

  const parse = (schema: unknown, namespace: string, depth: number): AvroNode => {
    if (--left < 0 || depth > MOST.depth) throw wrong('is too large')
    if (typeof schema === 'string') return named.get(fullName(schema, namespace)) ?? primitive(schema)
    if (Array.isArray(schema)) return union(schema, namespace, depth)
    if (!isObject(schema)) throw wrong('has an invalid type')
    const { type } = schema
    if (typeof type !== 'string') return parse(type, namespace, depth + 1)
    switch (type) {
      case 'record':
      case 'error':
        return record(schema, namespace, depth)
      case 'enum':
        return define(schema, namespace, { kind: 'enum', symbols: names(schema['symbols']) })
      case 'fixed':
        return define(schema, namespace, fixed(schema))
      case 'array':
        return { kind: 'array', of: parse(schema['items'], namespace, depth + 1) }
      case 'map':
        return { kind: 'map', of: parse(schema['values'], namespace, depth + 1) }
      case 'bytes':
        return decimal(schema, null) ?? { kind: 'bytes' }
      default:
        return parse(type, namespace, depth + 1)
    }
  }

  const union = (branches: readonly unknown[], namespace: string, depth: number): AvroNode => {
    const parsed = branches.map((branch) => parse(branch, namespace, depth + 1))
    if (parsed.length === 0 || parsed.some(({ kind }) => kind === 'union')) throw wrong('has an invalid union')
    return { kind: 'union', branches: parsed }
  }

  const record = (schema: JsonObject, namespace: string, depth: number): AvroNode => {
    const fields: AvroField[] = []
    const node = define(schema, namespace, { kind: 'record', fields })
    const own = namespaceOf(schema, namespace)
    if (!Array.isArray(schema['fields'])) throw wrong('has a record without fields')
    const seen = new Set<string>()
    for (const field of schema['fields'] as unknown[]) {
      if (!isObject(field) || typeof field['name'] !== 'string' || !NAME.test(field['name']))
        throw wrong('has a field without a name')
      if (seen.has(field['name'])) throw wrong('has two fields of one name')
      seen.add(field['name'])
      fields.push({ name: field['name'], type: parse(field['type'], own, depth + 1) })
    }
    return node
  }

  const define = <Node extends AvroNode>(schema: JsonObject, namespace: string, node: Node): Node => {
    const { name } = schema
    if (typeof name !== 'string' || !NAME.test(name)) throw wrong('has a type without a name')
    const full = fullName(name, namespaceOf(schema, namespace))
    if (named.has(full)) throw wrong('has two types of one name')
    named.set(full, node)
    return node
  }

  return parse(schema, '', 0)
}

/**
 * The Parsing Canonical Form (Apache Avro 1.12, Transforming into Parsing Canonical Form) of a schema that `parseAvroSchema`
 * accepted.
 */
export function canonicalSchema(schema: unknown, namespace = ''): string {
  if (typeof schema === 'string') {
    const isPrimitive = PRIMITIVES.includes(schema as Primitive)
    return JSON.stringify(isPrimitive ? schema : fullName(schema, namespace))
  }
  if (Array.isArray(schema)) return `[${schema.map((branch) => canonicalSchema(branch, namespace)).join(',')}]`
  const { type, name, fields, symbols, items, values, size } = schema as JsonObject
  if (typeof type !== 'string') return canonicalSchema(type, namespace)
  const own = namespaceOf(schema as JsonObject, namespace)
  const head = `{"name":${JSON.stringify(fullName(String(name), own))},"type":"${type}"`
  switch (type) {
    case 'record':
    case 'error': {
      const inner = (fields as { name: string; type: unknown }[]).map(
        (field) => `{"name":${JSON.stringify(field.name)},"type":${canonicalSchema(field.type, own)}}`,
      )
      return `${head},"fields":[${inner.join(',')}]}`
    }
    case 'enum':
      return `${head},"symbols":${JSON.stringify(symbols)}}`
    case 'fixed':
      return `${head},"size":${String(size)}}`
    case 'array':
      return `{"type":"array","items":${canonicalSchema(items, namespace)}}`
    case 'map':
      return `{"type":"map","values":${canonicalSchema(values, namespace)}}`
    default:
      return canonicalSchema(type, namespace)
  }
}

const EMPTY = 0xc15d213aa4d7a795n
const FINGERPRINTS = Array.from({ length: 256 }, (_, i) => {
  let fingerprint = BigInt(i)
  for (let bit = 0; bit < 8; bit++) fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? EMPTY : 0n)
  return fingerprint
})

/** CRC-64-AVRO of a schema's canonical form, in hexadecimal (Apache Avro 1.12, Schema Fingerprints). */
export function schemaFingerprint(schema: unknown): string {
  let fingerprint = EMPTY
  for (const byte of Buffer.from(canonicalSchema(schema), 'utf8')) {
    fingerprint = (fingerprint >> 8n) ^ (FINGERPRINTS[Number((fingerprint ^ BigInt(byte)) & 0xffn)] ?? 0n)
  }
  return fingerprint.toString(16).padStart(16, '0')
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function primitive(name: string): AvroNode {
  if (!PRIMITIVES.includes(name as Primitive)) throw wrong('names a type that it does not define')
  return { kind: name as Primitive }
}

function fixed(schema: JsonObject): AvroNode {
  const { size, logicalType } = schema
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw wrong('has a fixed type without a size')
  if (logicalType === 'uuid' && size === 16) return { kind: 'uuid' }
  if (logicalType === 'duration' && size === 12) return { kind: 'duration' }
  return decimal(schema, size as number) ?? { kind: 'fixed', size: size as number }
}

/** A decimal; an invalid logical type is ignored, as the specification requires. */
function decimal(schema: JsonObject, size: number | null): AvroNode | null {
  const { logicalType, precision, scale = 0 } = schema
  if (logicalType !== 'decimal') return null
  if (!isCount(precision) || !isCount(scale) || precision === 0) return null
  return scale <= precision && precision <= MOST.precision ? { kind: 'decimal', size, scale } : null
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function names(symbols: unknown): readonly string[] {
  const isList = Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string' && NAME.test(symbol))
  if (!isList || new Set(symbols).size !== symbols.length) throw wrong('has an enum without symbols')
  return symbols as string[]
}

function namespaceOf({ name, namespace }: JsonObject, outer: string): string {
  const dot = typeof name === 'string' ? name.lastIndexOf('.') : -1
  if (dot >= 0) return (name as string).slice(0, dot)
  return typeof namespace === 'string' ? namespace : outer
}

function fullName(name: string, namespace: string): string {
  const isWhole = name.includes('.') || namespace === '' || PRIMITIVES.includes(name as Primitive)
  return isWhole ? name : `${namespace}.${name}`
}

function wrong(what: string): FormatError {
  return new FormatError('undecodable', `an Avro schema that ${what}`)
}
