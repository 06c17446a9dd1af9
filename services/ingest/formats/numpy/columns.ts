import type { Value } from '#core/value.ts'
import { broken, brokenBy, FormatError, type FormatItem, type FormatLimits } from '../format.ts'
import { rowBatches } from '../rows.ts'

/** The layout of an array's rows: everything that its header says. */
export interface NpyHeader {
  /** Offset of the first row. */
  readonly start: number
  /** The number of rows, which is the first dimension. */
  readonly count: number
  /** Bytes of one row. */
  readonly rowBytes: number
  /** The shape of one row; empty if each row is one value. */
  readonly rowShape: readonly number[]
  /** Converts one row to a value: a tensor, a number, a boolean or a text. */
  convert(row: Uint8Array): Value
}

/** One of several arrays whose rows belong together. */
export interface Column {
  readonly field: string
  readonly header: NpyHeader
  /** The array's bytes, including the header, from byte `start` on. */
  stream(start: number): AsyncIterable<Uint8Array>
}

/**
 * Yields items made of one row of each column, from row `from` on; `base` is the index of their first row in the file. The first
 * column determines the number of rows: a row that another column lacks is a missing part.
 */
export async function* readColumns(
  columns: readonly [Column, ...Column[]] | readonly Column[],
  from: number,
  base: number,
  limits: FormatLimits,
): AsyncGenerator<FormatItem[]> {
  const [leader, ...others] = columns
  if (!leader) return
  const rowBytes = columns.reduce((sum, { field, header }) => sum + field.length + header.rowBytes, 0)
  if (rowBytes > limits.itemBytes) throw new FormatError('too_large', `rows of ${rowBytes} bytes`)
  const rest = others.map((column) => ({ column, rows: rowsOf(column, from) }))
  const { header } = leader
  let row = from
  for await (const batch of rowBatches(
    leader.stream(header.start + from * header.rowBytes),
    header.rowBytes,
    header.count - from,
  )) {
    const items: FormatItem[] = []
    for (const bytes of batch) {
      const parts: [Column, Uint8Array | undefined][] = [[leader, bytes]]
      for (const { column, rows } of rest) parts.push([column, (await rows.next()).value ?? undefined])
      items.push({ index: base + row++, body: rowBody(parts, rowBytes) })
    }
    yield items
  }
  if (row < header.count) throw new FormatError('missing_part', `${header.count} rows announced, ${row} there`)
}

function rowBody(parts: readonly (readonly [Column, Uint8Array | undefined])[], bytes: number): FormatItem['body'] {
  const raw = parts[0]?.[1]
  const entries: [string, Value][] = []
  for (const [column, row] of parts) {
    if (!row)
      return broken(
        'missing_part',
        column.field === 'y' ? 'a row without its label' : 'a row that another array lacks',
        raw,
      )
    try {
      entries.push([column.field, column.header.convert(row)])
    } catch (error) {
      return brokenBy(error, raw)
    }
  }
  return { kind: 'fields', fields: Object.fromEntries(entries), bytes }
}

async function* rowsOf(column: Column, from: number): AsyncGenerator<Uint8Array, void> {
  const { start, rowBytes, count } = column.header
  for await (const rows of rowBatches(column.stream(start + from * rowBytes), rowBytes, count - from)) yield* rows
}
