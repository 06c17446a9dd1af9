import { zipSync } from 'fflate'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor, type Dtype } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'

const DESCRIPTIONS: Readonly<Record<Dtype, string>> = {
  u8: '|u1',
  i8: '|i1',
  u16: '<u2',
  i16: '<i2',
  i32: '<i4',
  u32: '<u4',
  f32: '<f4',
  f64: '<f8',
}
/** Zip files carry a time; the first that they can name keeps the same records the same bytes. */
const EPOCH = new Date(1980, 0, 1)

export interface NpzFields {
  /** The field with the sample. */
  readonly x: string
  /** The field with the label. */
  readonly y?: string
}

interface NumpyArray {
  readonly description: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/**
 * One `.npz` in memory: `x` and `y` stacked over the records, and `ids`. Tensors keep their type and shape, lists of numbers
 * become float64, whole numbers int64, other numbers float64, texts fixed-width unicode: never a pickle. Throws `invalid`
 * when a field is missing from a record or is not of one type and shape.
 */
export async function exportNpz(records: AsyncIterable<DataRecord>, { x, y }: NpzFields): Promise<Uint8Array> {
  const ids: string[] = []
  const samples: Value[] = []
  const labels: Value[] = []
  for await (const { id, fields } of records) {
    ids.push(id)
    samples.push(fields[x] ?? null)
    if (y !== undefined) labels.push(fields[y] ?? null)
  }
  const files = {
    'x.npy': npy(stack(x, samples)),
    ...(y === undefined ? {} : { 'y.npy': npy(stack(y, labels)) }),
    'ids.npy': npy(texts(ids)),
  }
  return zipSync(files, { level: 0, mtime: EPOCH })
}

function stack(field: string, values: readonly Value[]): NumpyArray {
  if (values.every((value) => typeof value === 'number')) return numbers(values, [values.length])
  if (values.every((value) => typeof value === 'string')) return texts(values)
  if (values.every((value) => typeof value === 'boolean')) {
    return { description: '|b1', shape: [values.length], bytes: Uint8Array.from(values, Number) }
  }
  if (values.every((value) => value instanceof Tensor)) return tensors(field, values)
  if (values.every(isNumbers)) {
    const width = values[0]?.length ?? 0
    if (values.some((row) => row.length !== width)) throw mixed(field)
    return doubles(values.flat(), [values.length, width])
  }
  throw mixed(field)
}

function tensors(field: string, values: readonly Tensor[]): NumpyArray {
  const [first] = values
  if (first === undefined) return doubles([], [0])
  const form = JSON.stringify([first.dtype, first.shape])
  if (values.some(({ dtype, shape }) => JSON.stringify([dtype, shape]) !== form)) throw mixed(field)
  const bytes = Buffer.concat(values.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
  return { description: DESCRIPTIONS[first.dtype], shape: [values.length, ...first.shape], bytes }
}

function numbers(values: readonly number[], shape: readonly number[]): NumpyArray {
  if (!values.every(Number.isSafeInteger)) return doubles(values, shape)
  const whole = BigInt64Array.from(values, BigInt)
  return { description: '<i8', shape, bytes: new Uint8Array(whole.buffer) }
}

function doubles(values: readonly number[], shape: readonly number[]): NumpyArray {
  return { description: '<f8', shape, bytes: new Uint8Array(Float64Array.from(values).buffer) }
}

/** UTF-32, each text padded with zeros to the longest. */
function texts(values: readonly string[]): NumpyArray {
  const points = values.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0))
  const width = points.reduce((longest, { length }) => Math.max(longest, length), 1)
  const padded = new Uint32Array(values.length * width)
  for (const [i, text] of points.entries()) padded.set(text, i * width)
  return { description: `<U${width}`, shape: [values.length], bytes: new Uint8Array(padded.buffer) }
}

/** NumPy's array format 1.0: magic, version, the header's length, the header, padded so that the data starts at 64 n. */
function npy({ description, shape, bytes }: NumpyArray): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${description}', 'fortran_order': False, 'shape': (${tuple}), }`
  const padding = ' '.repeat(63 - ((10 + header.length) % 64))
  const text = Buffer.from(`${header}${padding}\n`, 'latin1')
  const preamble = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8])
  return Buffer.concat([preamble, text, bytes])
}

function isNumbers(value: Value): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number')
}

function mixed(field: string): AppError {
  return new AppError('invalid', `field ${field} is not of one type and shape in every record`, { reason: 'mixed' })
}
