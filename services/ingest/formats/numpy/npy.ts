import { Tensor, typedArrayOf, type Dtype } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'
import { FormatError, type FormatReader } from '../format.ts'
import { readColumns, type NpyHeader } from './columns.ts'

const MAGIC = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])

/**
 * NumPy's array format (NEP 1, versions 1 to 3), row by row: `x.npy` yields `{ x }`, or `{ x, y }` if a `y.npy` lies beside it.
 * Arrays of objects, which are pickles and could run code, are refused, and so is Fortran order.
 */
export const npyReader: FormatReader = {
  name: 'npy',
  recognises: (name, head) => /\.npy$/i.test(name) || MAGIC.equals(head.subarray(0, 6)),
  partOf: (name) => labelPairs(name).map(([, whole]) => whole),
  async *read(file, from, limits) {
    const header = parseNpyHeader(await file.head())
    const labels = await file.sibling(wholePairs(file.name))
    const columns = [{ field: 'x', header, stream: (start: number) => file.stream(start) }]
    if (labels) {
      const labelHeader = parseNpyHeader(await labels.head())
      columns.push({ field: 'y', header: labelHeader, stream: (start) => labels.stream(start) })
    }
    yield* readColumns(columns, from, 0, limits)
  },
}

const LABELS: readonly (readonly [RegExp, string])[] = [
  [/^y(?=[_.-])/, 'x'],
  [/^y(?=[_.-])/, 'X'],
  [/^Y(?=[_.-])/, 'X'],
  [/(?<=_)y(?=\.)/, 'x'],
  [/labels(?=[_.-])/, 'images'],
  [/labels(?=[_.-])/, 'features'],
  [/labels(?=[_.-])/, 'embeddings'],
  [/labels(?=[_.-])/, 'data'],
]

/** For the name of a file of labels: pairs of it and the name of a file whose labels it may hold. */
function labelPairs(name: string): (readonly [string, string])[] {
  if (!/\.npy$/i.test(name)) return []
  return LABELS.filter(([label]) => label.test(name)).map(([label, whole]) => [name, name.replace(label, whole)])
}

/** The names that a file's labels may have. */
function wholePairs(name: string): string[] {
  const candidates = ['y', 'Y', 'labels'].flatMap((label) =>
    [/^[xX](?=[_.-])/, /(?<=_)x(?=\.)/, /(?:images|features|embeddings|data)(?=[_.-])/].map((part) =>
      name.replace(part, label),
    ),
  )
  return candidates.filter((label) => labelPairs(label).some(([, whole]) => whole === name))
}

/** Parses the header. Throws `FormatError` unless it is an array of numbers, booleans or texts in C order. */
export function parseNpyHeader(head: Uint8Array): NpyHeader {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
  if (bytes.length < 12 || !MAGIC.equals(bytes.subarray(0, 6)))
    throw new FormatError('undecodable', 'not an .npy array')
  const wide = bytes[6]! > 1
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8))
  if (start > bytes.length) throw new FormatError('undecodable', 'an .npy header that is cut short or too long')
  const text = bytes.toString('utf8', wide ? 12 : 10, start)
  const descr = /'descr'\s*:\s*'([^']{1,16})'/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1]
  if (/'fortran_order'\s*:\s*True/.test(text)) {
    throw new FormatError('undecodable', 'an array in Fortran order: save it with numpy.ascontiguousarray')
  }
  if (descr === undefined || shape === undefined) {
    throw new FormatError('undecodable', 'an .npy array of a structured type')
  }
  const [count, ...rowShape] = shape.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]))
  if (count === undefined) throw new FormatError('undecodable', 'an .npy array without rows')
  const type = elementType(descr)
  const size = rowShape.reduce((product, side) => product * side, 1)
  const rowBytes = size * type.bytes
  if (!Number.isSafeInteger(rowBytes) || rowBytes === 0) {
    throw new FormatError('undecodable', 'an .npy array whose rows are empty')
  }
  const convert = (row: Uint8Array) => type.convert(type.swap ? swapped(row, type.bytes) : row, rowShape)
  return { start, count, rowBytes, rowShape, convert }
}

interface ElementType {
  readonly bytes: number
  readonly swap: boolean
  convert(row: Uint8Array, shape: readonly number[]): Value
}

const DTYPE: Readonly<Record<string, Dtype>> = {
  b1: 'u8',
  u1: 'u8',
  i1: 'i8',
  u2: 'u16',
  i2: 'i16',
  u4: 'u32',
  i4: 'i32',
  f4: 'f32',
  f8: 'f64',
}

function elementType(descr: string): ElementType {
  const match = /^([<>|=]?)([a-zA-Z])(\d{1,6})$/.exec(descr)
  const [, order, kind = '', digits = ''] = match ?? []
  const bytes = Number(digits)
  const code = `${kind}${digits}`
  const swap = order === '>' && kind !== 'S'
  if (kind === 'O' || descr.includes('O')) {
    throw new FormatError(
      'undecodable',
      'an array of Python objects, as NumPy saves arrays of several sizes: it is a pickle, and pickles are never read. Save images of several sizes as PNG files',
    )
  }
  const dtype = DTYPE[code]
  if (dtype !== undefined) {
    const isTruth = code === 'b1'
    return { bytes, swap, convert: (row, shape) => tensorOrNumber(dtype, shape, typedArrayOf(dtype, row), isTruth) }
  }
  if (code === 'f2') {
    return { bytes, swap, convert: (row, shape) => tensorOrNumber('f32', shape, halves(row), false) }
  }
  if (code === 'i8' || code === 'u8') {
    return { bytes, swap, convert: (row, shape) => tensorOrNumber('f64', shape, exactLongs(row, code), false) }
  }
  if (kind === 'U' && bytes > 0) return { bytes: bytes * 4, swap: false, convert: (row) => utf32(row, swap) }
  if (kind === 'S' && bytes > 0)
    return { bytes, swap: false, convert: (row) => trimmed(Buffer.from(row).toString('latin1')) }
  throw new FormatError('undecodable', 'an .npy array of a type that is not read')
}

function tensorOrNumber(dtype: Dtype, shape: readonly number[], data: Tensor['data'], isTruth: boolean): Value {
  if (shape.length > 0) return new Tensor(dtype, shape, data)
  return isTruth ? data[0] === 1 : data[0]!
}

/** Converts 64-bit integers to doubles. Throws `FormatError` if one is not exact. */
function exactLongs(row: Uint8Array, code: 'i8' | 'u8'): Float64Array {
  const view = new DataView(row.buffer, row.byteOffset, row.length)
  return Float64Array.from({ length: row.length / 8 }, (_, i) => {
    const value = Number(code === 'i8' ? view.getBigInt64(i * 8, true) : view.getBigUint64(i * 8, true))
    if (!Number.isSafeInteger(value)) throw new FormatError('undecodable', 'an integer beyond 53 bits')
    return value
  })
}

/** IEEE 754 half precision. */
function halves(row: Uint8Array): Float32Array {
  const view = new DataView(row.buffer, row.byteOffset, row.length)
  return Float32Array.from({ length: row.length / 2 }, (_, i) => {
    const bits = view.getUint16(i * 2, true)
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff]
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
}

function utf32(row: Uint8Array, bigEndian: boolean): string {
  const view = new DataView(row.buffer, row.byteOffset, row.length)
  let text = ''
  for (let at = 0; at < row.length; at += 4) {
    const code = view.getUint32(at, !bigEndian)
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  }
  return trimmed(text)
}

/** Removes the NULs with which NumPy pads texts. */
function trimmed(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return text.slice(0, end)
}

function swapped(row: Uint8Array, width: number): Uint8Array {
  const copy = new Uint8Array(row)
  for (let start = 0; start < copy.length; start += width) copy.subarray(start, start + width).reverse()
  return copy
}
