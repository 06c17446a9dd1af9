import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'

const ID = '_id'

interface Column {
  readonly type: NonNullable<ColumnSource['type']>
  readonly data: unknown[]
  /** What the bytes of a column of tensors are; readers find it in the file's metadata. */
  readonly tensor?: { readonly dtype: string; readonly shape: readonly number[] }
}

/**
 * One Parquet file in memory: `_id`, then one column a field, in the order of their names. Whole numbers are INT32 or INT64,
 * others DOUBLE; tensors of one type and shape are their bytes (row-major, little-endian), described by the metadata key
 * `credence.tensor.<field>`; what is of no one type is canonical JSON. Throws `invalid` when a field is called `_id`.
 */
export async function exportParquet(records: AsyncIterable<DataRecord>): Promise<Uint8Array> {
  const ids: string[] = []
  const rows: DataRecord['fields'][] = []
  const names = new Set<string>()
  for await (const { id, fields } of records) {
    ids.push(id)
    rows.push(fields)
    for (const name of Object.keys(fields)) names.add(name)
  }
  if (names.has(ID)) throw new AppError('invalid', `a field is called ${ID}, which Parquet needs for the records' ids`)
  const columns = [...names].sort().map((name) => [name, columnOf(rows.map((row) => row[name] ?? null))] as const)
  const kvMetadata = columns.flatMap(([name, { tensor }]) =>
    tensor === undefined ? [] : [{ key: `credence.tensor.${name}`, value: JSON.stringify(tensor) }],
  )
  const columnData: ColumnSource[] = [
    { name: ID, data: ids, type: 'STRING', nullable: false },
    ...columns.map(([name, { type, data }]) => ({ name, data, type })),
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, createdBy: 'credence' }))
}

function columnOf(values: readonly Value[]): Column {
  const present = values.filter((value) => value !== null)
  const all = (test: (value: Value) => boolean) => present.length > 0 && present.every(test)
  if (all((value) => typeof value === 'boolean')) return { type: 'BOOLEAN', data: [...values] }
  if (all((value) => typeof value === 'string')) return { type: 'STRING', data: [...values] }
  if (all((value) => typeof value === 'number')) return numberColumn(values as readonly (number | null)[])
  const [first] = present
  if (first instanceof Tensor && all((value) => value instanceof Tensor && sameForm(value, first))) {
    const data = values.map((value) => (value instanceof Tensor ? bytesOf(value) : null))
    return { type: 'BYTE_ARRAY', data, tensor: { dtype: first.dtype, shape: first.shape } }
  }
  return { type: 'STRING', data: values.map((value) => (value === null ? null : canonicalJson(value))) }
}

function numberColumn(values: readonly (number | null)[]): Column {
  const present = values.filter((value) => value !== null)
  if (!present.every((value) => Number.isSafeInteger(value) && !Object.is(value, -0))) {
    return { type: 'DOUBLE', data: [...values] }
  }
  if (present.every((value) => value === (value | 0))) return { type: 'INT32', data: [...values] }
  return { type: 'INT64', data: values.map((value) => (value === null ? null : BigInt(value))) }
}

function sameForm(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((side, i) => side === b.shape[i])
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
