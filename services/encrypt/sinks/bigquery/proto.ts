import protobuf from 'protobufjs'
import type { protos } from '@google-cloud/bigquery-storage'
import { Tensor } from '#core/tensor.ts'
import { EXTRA, type ColumnType, type SinkRow, type SinkSchema, type SinkValue } from '../../sink.ts'

/** A column as BigQuery's REST API describes it; the names of types are those in its answers. */
export interface TableColumn {
  readonly name: string
  readonly type: 'STRING' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'BYTES' | 'JSON' | 'TIMESTAMP' | 'RECORD'
  readonly mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED'
  readonly description?: string
  readonly fields?: readonly TableColumn[]
}

const RECORD: TableColumn = {
  name: '_credence_record',
  type: 'STRING',
  mode: 'REQUIRED',
  description: 'Id of the record.',
}
const MANIFEST: TableColumn = {
  name: '_credence_manifest',
  type: 'INTEGER',
  mode: 'REQUIRED',
  description: "Link of the dataset's signed chain that says so.",
}
const INGESTED: TableColumn = {
  name: '_credence_ingested',
  type: 'TIMESTAMP',
  mode: 'REQUIRED',
  description: 'When it was delivered.',
}

const TYPES: Readonly<Record<ColumnType, TableColumn['type']>> = {
  string: 'STRING',
  integer: 'INTEGER',
  number: 'FLOAT',
  boolean: 'BOOLEAN',
  json: 'JSON',
  tensor: 'RECORD',
  sealed: 'BYTES',
}

const TENSOR: readonly TableColumn[] = [
  { name: 'dtype', type: 'STRING', mode: 'NULLABLE', description: 'u8, i8, u16, i16, u32, i32, f32 or f64.' },
  { name: 'shape', type: 'INTEGER', mode: 'REPEATED' },
  { name: 'data', type: 'BYTES', mode: 'NULLABLE', description: 'Row-major, little-endian.' },
]

export function admittedColumns(schema: SinkSchema): TableColumn[] {
  return [
    RECORD,
    { name: '_credence_window', type: 'STRING', mode: 'REQUIRED', description: 'The window that it came in.' },
    MANIFEST,
    INGESTED,
    {
      name: EXTRA,
      type: 'JSON',
      mode: 'NULLABLE',
      description: 'Fields that have no column, and values that fit none.',
    },
    ...schema.columns.map(({ name, field, type }): TableColumn => ({
      name,
      type: TYPES[type],
      mode: 'NULLABLE',
      description: describe(field, type),
      ...(type === 'tensor' ? { fields: TENSOR } : {}),
    })),
  ]
}

export function revokedColumns(): TableColumn[] {
  return [RECORD, { ...MANIFEST, description: 'No row of the record from a link before this one stands.' }, INGESTED]
}

function describe(field: string, type: ColumnType): string {
  return type === 'sealed' ? `${field}, sealed: AES-256-GCM under a key derived from the dataset's epoch key.` : field
}

/** Rows in the service's wire format, and the descriptor of that format. */
export interface RowEncoder {
  readonly descriptor: protos.google.protobuf.IDescriptorProto
  encode(row: SinkRow): Uint8Array
}

// https://cloud.google.com/bigquery/docs/supported-data-types: the wire type of each column type
const WIRE = {
  STRING: 'TYPE_STRING',
  INTEGER: 'TYPE_INT64',
  FLOAT: 'TYPE_DOUBLE',
  BOOLEAN: 'TYPE_BOOL',
  BYTES: 'TYPE_BYTES',
  JSON: 'TYPE_STRING',
  TIMESTAMP: 'TYPE_INT64',
  RECORD: 'TYPE_MESSAGE',
} as const

const TENSOR_MESSAGE = 'Tensor'

/** Makes an encoder for these columns: proto2, field n for column n, tensors as nested messages. */
export function encoderFor(columns: readonly TableColumn[]): RowEncoder {
  const descriptor = {
    name: 'Row',
    field: columns.map(descriptorOf),
    nestedType: [{ name: TENSOR_MESSAGE, field: TENSOR.map(descriptorOf) }],
  }
  return {
    descriptor,
    encode(row) {
      const writer = protobuf.Writer.create()
      for (const [index, column] of columns.entries()) {
        const value = row[column.name]
        if (value !== undefined) writeValue(writer, index + 1, column.type, value)
      }
      return writer.finish()
    },
  }
}

function descriptorOf({ name, type, mode }: TableColumn, index: number) {
  const labels = { NULLABLE: 'LABEL_OPTIONAL', REQUIRED: 'LABEL_REQUIRED', REPEATED: 'LABEL_REPEATED' } as const
  const message = type === 'RECORD' ? { typeName: TENSOR_MESSAGE } : {}
  return { name, number: index + 1, label: labels[mode], type: WIRE[type], ...message }
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

function writeValue(writer: protobuf.Writer, number: number, type: TableColumn['type'], value: SinkValue): void {
  const tag = (wire: number) => writer.uint32((number << 3) | wire)
  if (typeof value === 'string') tag(BYTES).string(value)
  else if (typeof value === 'boolean') tag(VARINT).bool(value)
  else if (typeof value === 'number') {
    if (type === 'FLOAT') tag(FIXED64).double(value)
    else tag(VARINT).int64(value)
  } else if (value instanceof Tensor) {
    tag(BYTES).fork()
    writer.uint32((1 << 3) | BYTES).string(value.dtype)
    for (const length of value.shape) writer.uint32((2 << 3) | VARINT).int64(length)
    writer.uint32((3 << 3) | BYTES).bytes(bytesOf(value))
    writer.ldelim()
  } else tag(BYTES).bytes(value)
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
