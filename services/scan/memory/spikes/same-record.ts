import type { TableColumn, TableSamples } from '../../view/samples.ts'
import { hashOf, mixed } from '../repeats/likeness.ts'
import { levelOf } from '../repeats/record-tokens.ts'

/** Bytes of a record's number: two others of one value and label have the same one in 17 million. */
export const NUMBER_BYTES = 3

/** Rows are told apart by what they have beside a column where at least so many of them differ in it: else others that agree are taken for one. */
const DISTINCT = 0.5

export interface RowNumbers {
  /** A number for each row, the same for the same row in any window: of all its values, as they stand there. */
  readonly numbers: Int32Array
  /** The columns of numbers beside which rows are told apart. */
  readonly beside: readonly string[]
}

/** The numbers of a window's rows. The seed is the installation's, so that nobody else can make up rows of one number. */
export function rowNumbers({ columns }: TableSamples, n: number, seed: number): RowNumbers {
  const all = new Int32Array(n)
  const hashes = columns.map((column) => cellHashes(column, n, seed))
  for (const own of hashes) for (let i = 0; i < n; i++) all[i]! ^= own[i]!
  const beside = columns.flatMap(({ name, type }, c) => {
    if (type !== 'number') return []
    const rest = new Set(all.map((number, i) => number ^ hashes[c]![i]!))
    return rest.size >= DISTINCT * n ? [name] : []
  })
  return { numbers: all.map((number) => mixed(number) & 0xffffff), beside }
}

function cellHashes(column: TableColumn, n: number, seed: number): Int32Array {
  const [start] = hashOf(column.name, seed)
  if (column.type === 'number') {
    const number = new Float64Array(1)
    const bits = new Uint32Array(number.buffer)
    return Int32Array.from(column.values, (value) => {
      // what is missing has many bit patterns, and zero has two
      number[0] = Number.isNaN(value) || value === 0 ? 0 : value
      return mixed(mixed(start ^ bits[0]!) ^ bits[1]! ^ Number(Number.isNaN(value)))
    })
  }
  const known = new Map<string, number>()
  return Int32Array.from({ length: n }, (_, i) => {
    const level = levelOf(column, i)
    const own = known.get(level) ?? hashOf(`${column.name}=${level}`, seed)[0]
    known.set(level, own)
    return own
  })
}

export function packNumbers(numbers: Int32Array): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES * numbers.length)
  numbers.forEach((number, i) => {
    for (let b = 0; b < NUMBER_BYTES; b++) bytes[NUMBER_BYTES * i + b] = number >> (8 * b)
  })
  return bytes
}

export function unpackNumbers(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / NUMBER_BYTES }, (_, i) => {
    const at = NUMBER_BYTES * i
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
  })
}
