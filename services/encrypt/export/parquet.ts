import { ByteWriter, ParquetWriter, schemaFromColumnData, type ColumnSource } from 'hyparquet-writer'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'

const ID = '_id'
const GROUP_ROWS = 10_000
/** Bytes of a row group. The writer and every reader hold a whole group in memory. */
const GROUP_BYTES = 64 * 1024 * 1024

/** The common type of a column's values so far; `json` if they have none. */
type Kind = 'boolean' | 'string' | 'int32' | 'int64' | 'double' | 'tensor' | 'json'

interface Column {
  readonly kind: Kind
  /**
   * For a column of tensors, the type and shape of its bytes, −1 for a length that varies. Readers find it in the file's
   * metadata.
   */
  readonly tensor?: { readonly dtype: string; readonly shape: readonly number[] }
}

const TYPES: Readonly<Record<Kind, NonNullable<ColumnSource['type']>>> = {
  boolean: 'BOOLEAN',
  string: 'STRING',
  int32: 'INT32',
  int64: 'INT64',
  double: 'DOUBLE',
  tensor: 'BYTE_ARRAY',
  json: 'STRING',
}

/**
 * A Parquet file in pieces, row group by row group: `_id`, then one column per field, in the order of their names. Whole numbers
 * are INT32 or INT64, others DOUBLE; tensors of one type and shape, and files, are their bytes (row-major, little-endian),
 * described by the metadata key `credence.tensor.<field>`; fields of mixed types are canonical JSON. Reads the records twice,
 * for the columns' types and for their values. Throws `invalid` if a field is called `_id`, and `conflict` if the second reading
 * finds something that the first did not.
 */
export async function* streamParquet(open: () => AsyncIterable<DataRecord>): AsyncGenerator<Uint8Array> {
  const columns = await profile(open())
  const sources = (rows: readonly DataRecord[]): ColumnSource[] => [
    { name: ID, data: rows.map(({ id }) => id), type: 'STRING', nullable: false },
    ...[...columns].map(([name, column]) => {
      const data = rows.map(({ fields }) => cell(column, fields[name] ?? null))
      return { name, data, type: TYPES[column.kind] }
    }),
  ]
  const kvMetadata = [...columns].flatMap(([name, { tensor }]) =>
    tensor === undefined ? [] : [{ key: `credence.tensor.${name}`, value: JSON.stringify(tensor) }],
  )
  const writer = new ByteWriter()
  const schema = schemaFromColumnData({ columnData: sources([]) })
  const parquet = new ParquetWriter({ writer, schema, kvMetadata, createdBy: 'credence' })
  const taken = () => {
    const bytes = writer.getBytes().slice()
    writer.index = 0 // reuse the buffer; the offset in the file goes on
    return bytes
  }
  let rows: DataRecord[] = []
  let bytes = 0
  for await (const record of open()) {
    if (Object.keys(record.fields).some((name) => !columns.has(name))) throw changed()
    rows.push(record)
    for (const value of Object.values(record.fields)) if (value instanceof Tensor) bytes += value.data.byteLength
    if (rows.length < GROUP_ROWS && bytes < GROUP_BYTES) continue
    await parquet.write({ columnData: sources(rows), rowGroupSize: GROUP_ROWS })
    rows = []
    bytes = 0
    yield taken()
  }
  if (rows.length > 0) await parquet.write({ columnData: sources(rows), rowGroupSize: GROUP_ROWS })
  await parquet.finish()
  yield taken()
}

/** `streamParquet` in one piece, for records that can be read only once. */
export async function exportParquet(records: AsyncIterable<DataRecord>): Promise<Uint8Array> {
  const held: DataRecord[] = []
  for await (const record of records) held.push(record)
  async function* replay() {
    yield* held
  }
  const parts: Uint8Array[] = []
  for await (const part of streamParquet(replay)) parts.push(part)
  return Buffer.concat(parts)
}

async function profile(records: AsyncIterable<DataRecord>): Promise<Map<string, Column>> {
  const columns = new Map<string, Column | null>()
  for await (const { fields } of records) {
    for (const [name, value] of Object.entries(fields)) {
      const known = columns.get(name) ?? null
      columns.set(name, value === null ? known : merge(known, columnOf(value)))
    }
  }
  if (columns.has(ID))
    throw new AppError('invalid', `a field is called ${ID}, which Parquet needs for the records' ids`)
  const names = [...columns.keys()].sort()
  return new Map(names.map((name) => [name, columns.get(name) ?? { kind: 'json' }]))
}

function columnOf(value: Exclude<Value, null>): Column {
  if (typeof value === 'boolean') return { kind: 'boolean' }
  if (typeof value === 'string') return { kind: 'string' }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return { kind: 'double' }
    return { kind: value === (value | 0) ? 'int32' : 'int64' }
  }
  if (value instanceof Tensor) return { kind: 'tensor', tensor: { dtype: value.dtype, shape: value.shape } }
  return { kind: 'json' }
}

const NUMBERS: readonly Kind[] = ['int32', 'int64', 'double']

function merge(a: Column | null, b: Column): Column {
  if (a === null || sameColumn(a, b)) return b
  if (a.tensor?.dtype === b.tensor?.dtype && a.tensor?.shape.length === 1 && b.tensor?.shape.length === 1)
    return { kind: 'tensor', tensor: { dtype: b.tensor.dtype, shape: [-1] } }
  const wider = Math.max(NUMBERS.indexOf(a.kind), NUMBERS.indexOf(b.kind))
  const numbers = NUMBERS.includes(a.kind) && NUMBERS.includes(b.kind)
  return { kind: (numbers ? NUMBERS[wider] : undefined) ?? 'json' }
}

function sameColumn(a: Column, b: Column): boolean {
  return a.kind === b.kind && JSON.stringify(a.tensor) === JSON.stringify(b.tensor)
}

function cell(column: Column, value: Value): unknown {
  if (value === null) return null
  if (!sameColumn(merge(column, columnOf(value)), column)) throw changed()
  if (column.kind === 'json') return canonicalJson(value)
  if (column.kind === 'int64') return BigInt(value as number)
  if (!(value instanceof Tensor)) return value
  return new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)
}

function changed(): AppError {
  return new AppError('conflict', 'the records changed while they were read: export again', { reason: 'changed' })
}
