import { z } from 'zod'
import { valueText } from '../features/column-codes.ts'
import type { ScanInput } from '../view/samples.ts'

/** The numbers of a window of a table, with the labels that they came with: what only many windows together show is looked for in them. */
export interface WindowColumns {
  readonly labels: { readonly names: readonly string[]; readonly of: readonly number[] }
  /** Who brought each record, by a number that means nothing in another window; null where nobody is named. */
  readonly contributors: readonly number[] | null
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** To seven digits, as a person is told them; null is a missing value. */
  readonly columns: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

/** A column of no more values than this is a set of values, and what these are labelled may be its nature. */
const DISCRETE = 64
/** Bytes of columns that a window gives beside its records. */
const MOST_BYTES = 1024 * 1024

/** One line, in clear; empty where the window is no labelled table with numbers. A column that does not fit is passed over. */
export function encodeColumns({ samples, labels, contributors }: ScanInput, held: readonly number[]): Uint8Array {
  if (samples.kind !== 'table' || labels === null) return new Uint8Array(0)
  let bytes = 0
  const columns = samples.columns.flatMap((column) => {
    if (column.type !== 'number' || new Set(column.values).size <= DISCRETE) return []
    const values = Array.from(column.values, (value) => (Number.isFinite(value) ? Number(valueText(value)) : null))
    const length = JSON.stringify(values).length
    if (bytes + length > MOST_BYTES) return []
    bytes += length
    return [{ name: column.name, values }]
  })
  if (columns.length === 0) return new Uint8Array(0)
  const line: WindowColumns = {
    labels: { names: labels.names, of: Array.from(labels.of) },
    contributors: contributors === null ? null : Array.from(contributors.of),
    held,
    columns,
  }
  return Buffer.from(`${JSON.stringify(line)}\n`, 'utf8')
}

const index = z.int().nonnegative()
const code = z.int().min(-1)
const lineSchema: z.ZodType<WindowColumns> = z
  .strictObject({
    labels: z.strictObject({ names: z.array(z.string()), of: z.array(code) }),
    contributors: z.array(code).nullable(),
    held: z.array(index),
    columns: z.array(z.strictObject({ name: z.string(), values: z.array(z.number().nullable()) })),
  })
  .refine(({ labels: { names, of }, contributors, columns }) => {
    const isAsLong = (list: readonly unknown[]) => list.length === of.length
    return (
      of.every((label) => label < names.length) &&
      (contributors === null || isAsLong(contributors)) &&
      columns.every(({ values }) => isAsLong(values))
    )
  })

/** The inverse; null of nothing, and of what `encodeColumns` did not write. */
export function decodeColumns(line: Uint8Array): WindowColumns | null {
  if (line.length === 0) return null
  try {
    return lineSchema.parse(JSON.parse(Buffer.from(line).toString('utf8')))
  } catch {
    return null
  }
}
