import { Zip, ZipPassThrough } from 'fflate'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'
import { npyHeader, numpyDtype, numpyText } from './numpy.ts'

/** Zip files contain a time. It is always the earliest that they can express, so that the same records give the same bytes. */
const EPOCH = new Date(1980, 0, 1)

export interface NpzFields {
  /** The field with the sample. */
  readonly x: string
  /** The field with the label. */
  readonly y?: string | undefined
}

/** The form of one array: what all values of its field have in common. */
interface Form {
  readonly description: string
  /** The shape of one value. */
  readonly shape: readonly number[]
  readonly bytesOf: (value: Value) => Uint8Array
}

/**
 * A `.npz` file in pieces: `x` and `y` stacked over the records, and `ids`. Tensors keep their type and shape; lists of numbers
 * become float64, whole numbers int64, other numbers float64, booleans bool, texts fixed-width unicode; never a pickle. Reads
 * the records once for their form and once for each array. Throws `invalid` (`mixed`) if a field is missing from a record or
 * varies in type or shape, and `conflict` if a later reading finds other records than the first.
 */
export async function* streamNpz(
  open: () => AsyncIterable<DataRecord>,
  { x, y }: NpzFields,
): AsyncGenerator<Uint8Array> {
  const forms = { x: createForm(x), ...(y === undefined ? {} : { y: createForm(y) }), ids: createForm('id') }
  const valuesOf = ({ id, fields }: DataRecord) => ({
    x: fields[x] ?? null,
    ...(y === undefined ? {} : { y: fields[y] ?? null }),
    ids: id,
  })
  let count = 0
  for await (const record of open()) {
    count += 1
    const values: Readonly<Record<string, Value>> = valuesOf(record)
    for (const [name, form] of Object.entries(forms)) form.see(values[name] ?? null)
  }
  const pieces: Uint8Array[] = []
  const zip = new Zip((error, piece) => {
    if (error !== null) throw new AppError('internal', 'writing the zip failed', { cause: error })
    pieces.push(piece.slice())
  })
  for (const [name, seen] of Object.entries(forms)) {
    const form = seen.decided()
    const file = new ZipPassThrough(`${name}.npy`)
    file.mtime = EPOCH
    zip.add(file)
    file.push(npyHeader(form.description, [count, ...form.shape]))
    let written = 0
    for await (const record of open()) {
      const values: Readonly<Record<string, Value>> = valuesOf(record)
      file.push(form.bytesOf(values[name] ?? null))
      written += 1
      if (pieces.length > 256) yield Buffer.concat(pieces.splice(0))
    }
    if (written !== count) throw changed()
    file.push(new Uint8Array(0), true)
  }
  zip.end()
  yield Buffer.concat(pieces)
}

/** `streamNpz` in one piece, for records that can be read only once. */
export async function exportNpz(records: AsyncIterable<DataRecord>, fields: NpzFields): Promise<Uint8Array> {
  const held: DataRecord[] = []
  for await (const record of records) held.push(record)
  async function* replay() {
    yield* held
  }
  const parts: Uint8Array[] = []
  for await (const part of streamNpz(replay, fields)) parts.push(part)
  return Buffer.concat(parts)
}

/** Derives the common form of a field from its values, one by one. */
function createForm(field: string) {
  let kind: string | null = null
  let whole = true
  let width = 1
  let first: Value = null
  return {
    see(value: Value): void {
      const seen = kindOf(value)
      if (seen === null || (kind !== null && seen !== kind)) throw mixed(field)
      if (kind === null) first = value
      kind = seen
      if (typeof value === 'number') whole &&= Number.isSafeInteger(value)
      if (typeof value === 'string') width = Math.max(width, Array.from(value).length)
    },
    decided(): Form {
      const form = formOf(first, whole, width)
      const bytesOf = (value: Value) => {
        const fits = kindOf(value) === kind && (typeof value !== 'string' || Array.from(value).length <= width)
        if (!fits || (typeof value === 'number' && whole && !Number.isSafeInteger(value))) throw changed()
        return form.bytesOf(value)
      }
      return { ...form, bytesOf }
    },
  }
}

/** The kind of a value: values of one kind fit into one array. Null if no array can hold it. */
function kindOf(value: Value): string | null {
  if (value instanceof Tensor) return JSON.stringify([value.dtype, value.shape])
  if (isNumbers(value)) return `list of ${value.length}`
  return value === null || typeof value === 'object' ? null : typeof value
}

function formOf(first: Value, whole: boolean, width: number): Form {
  if (first instanceof Tensor) {
    return {
      description: numpyDtype(first.dtype),
      shape: first.shape,
      bytesOf: (value) => bytesOf((value as Tensor).data),
    }
  }
  if (isNumbers(first)) {
    const list = (value: Value) => bytesOf(Float64Array.from(value as readonly number[]))
    return { description: '<f8', shape: [first.length], bytesOf: list }
  }
  if (typeof first === 'string') {
    return { description: `<U${width}`, shape: [], bytesOf: (value) => numpyText(value as string, width) }
  }
  if (typeof first === 'boolean') {
    return { description: '|b1', shape: [], bytesOf: (value) => Uint8Array.of(value === true ? 1 : 0) }
  }
  if (whole && first !== null) {
    return { description: '<i8', shape: [], bytesOf: (value) => bytesOf(BigInt64Array.of(BigInt(value as number))) }
  }
  return { description: '<f8', shape: [], bytesOf: (value) => bytesOf(Float64Array.of(value as number)) }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function isNumbers(value: Value): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number')
}

function mixed(field: string): AppError {
  return new AppError('invalid', `field ${field} is not of one type and shape in every record`, { reason: 'mixed' })
}

function changed(): AppError {
  return new AppError('conflict', 'the records changed while they were read: export again', { reason: 'changed' })
}
