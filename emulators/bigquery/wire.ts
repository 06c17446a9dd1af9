import protobuf from 'protobufjs'

/** A message's descriptor as it comes with the first append of a connection. */
export interface Descriptor {
  readonly name: string
  readonly field: readonly FieldDescriptor[]
  readonly nestedType?: readonly Descriptor[]
}

export interface FieldDescriptor {
  readonly name: string
  readonly number: number
  readonly label: 'LABEL_OPTIONAL' | 'LABEL_REQUIRED' | 'LABEL_REPEATED'
  readonly type: string
  readonly typeName?: string
}

export type Cell = string | number | boolean | Buffer | readonly Cell[] | { readonly [name: string]: Cell }
export type Row = { readonly [column: string]: Cell }

/** Reads a serialized row as its descriptor explains it. Throws on anything that the descriptor does not explain. */
export function decodeRow(bytes: Uint8Array, descriptor: Descriptor, types = descriptor.nestedType ?? []): Row {
  const reader = protobuf.Reader.create(bytes)
  const row: { [column: string]: Cell } = {}
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = descriptor.field.find(({ number }) => number === tag >>> 3)
    if (field === undefined) throw new Error(`field number ${tag >>> 3} is not in the descriptor`)
    const wire = WIRE_TYPES[field.type]
    if (wire !== (tag & 7)) throw new Error(`${field.name} has wire type ${tag & 7}`)
    const value = readValue(reader, field, types)
    if (field.label !== 'LABEL_REPEATED') row[field.name] = value
    else row[field.name] = [...((row[field.name] as Cell[] | undefined) ?? []), value]
  }
  return row
}

const WIRE_TYPES: Readonly<Record<string, number>> = {
  TYPE_DOUBLE: 1,
  TYPE_INT64: 0,
  TYPE_BOOL: 0,
  TYPE_STRING: 2,
  TYPE_BYTES: 2,
  TYPE_MESSAGE: 2,
}

function readValue(reader: protobuf.Reader, { type, typeName }: FieldDescriptor, types: readonly Descriptor[]): Cell {
  switch (type) {
    case 'TYPE_DOUBLE':
      return reader.double()
    case 'TYPE_INT64':
      return Number(reader.int64())
    case 'TYPE_BOOL':
      return reader.bool()
    case 'TYPE_STRING':
      return reader.string()
    case 'TYPE_BYTES':
      return Buffer.from(reader.bytes())
    default: {
      const nested = types.find(({ name }) => name === typeName)
      if (nested === undefined) throw new Error(`no message ${typeName ?? ''} in the descriptor`)
      return decodeRow(reader.bytes(), nested, types)
    }
  }
}

/** JSON with bytes in it. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, shown: unknown) {
    const held = this[key] // a Buffer has made itself plain by the time that it is shown
    return Buffer.isBuffer(held) ? { $bytes: held.toString('base64') } : shown
  })
}

export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$bytes' in value)) return value
    return Buffer.from(String(value.$bytes), 'base64')
  })
}
