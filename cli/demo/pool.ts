import { seededRandom } from '#core/random.ts'
import type { AnySamples, Column, Groups, LabelledWindow } from '#attacks/types.ts'

/** A whole dataset, held as compactly as it comes, from which windows are taken. */
export interface Pool<S extends AnySamples = AnySamples> {
  readonly name: string
  readonly size: number
  /** Records `of`, in that order, copied. */
  take(of: Int32Array): LabelledWindow<S>
}

/** n records of the pool (all, where it has fewer), drawn without replacement by seed. Windows 0, 1, … do not overlap. */
export function drawWindow<S extends AnySamples>(
  pool: Pool<S>,
  n: number,
  seed: number,
  window = 0,
): LabelledWindow<S> {
  const order = seededRandom(seed, `pool/${pool.name}`).permutation(pool.size)
  const from = window * n
  if (window > 0 && from + n > pool.size)
    throw new RangeError(`${pool.name} has no ${window + 1} windows of ${n} records`)
  return pool.take(order.slice(from, from + n))
}

export function imagePool(
  name: string,
  shape: readonly [height: number, width: number, channels?: number],
  bytes: Uint8Array,
  labels: Uint8Array,
  names: readonly string[],
): Pool {
  const [height, width, channels = 1] = shape
  const cols = height * width * channels
  return {
    name,
    size: labels.length,
    take(of) {
      const data = new Float32Array(of.length * cols)
      of.forEach((from, i) => {
        for (let j = 0; j < cols; j++) data[i * cols + j] = bytes[from * cols + j]! / 255
      })
      const samples = { kind: 'image', height, width, channels, pixels: { rows: of.length, cols, data } } as const
      return { samples, labels: groups(of, labels, names), contributors: null }
    },
  }
}

export function textPool(name: string, texts: readonly string[], labels: Uint8Array, names: readonly string[]): Pool {
  return {
    name,
    size: texts.length,
    take: (of) => ({
      samples: { kind: 'text', texts: Array.from(of, (i) => texts[i] ?? '') },
      labels: groups(of, labels, names),
      contributors: null,
    }),
  }
}

export type Row = Readonly<Record<string, string | number | null | undefined>>
/** Column name → how it is read; `time` becomes days since 1970. */
export type Columns = Readonly<Record<string, 'number' | 'category' | 'time'>>

/** Rows without a label are left out. */
export function tablePool(name: string, rows: readonly Row[], columns: Columns, label: string): Pool {
  const labelled = rows.filter((row) => textOf(row[label]) !== '')
  const names = [...new Set(labelled.map((row) => textOf(row[label])))].sort()
  const labels = Uint8Array.from(labelled, (row) => names.indexOf(textOf(row[label])))
  const all = Object.entries(columns).map(([column, type]) => readColumn(labelled, column, type))
  return {
    name,
    size: labelled.length,
    take: (of) => ({
      samples: { kind: 'table', columns: all.map((column) => takeColumn(column, of)) },
      labels: groups(of, labels, names),
      contributors: null,
    }),
  }
}

function readColumn(rows: readonly Row[], name: string, type: 'number' | 'category' | 'time'): Column {
  if (type !== 'category') {
    const read =
      type === 'time' ? (text: string) => Date.parse(`${text.replaceAll('/', '-')} UTC`) / 86_400_000 : Number
    return {
      name,
      type: 'number',
      values: Float64Array.from(rows, (row) => (textOf(row[name]) === '' ? Number.NaN : read(textOf(row[name])))),
    }
  }
  const levels = [...new Set(rows.map((row) => textOf(row[name])))].filter((level) => level !== '').sort()
  const codeOf = new Map(levels.map((level, code) => [level, code]))
  return { name, type, codes: Int32Array.from(rows, (row) => codeOf.get(textOf(row[name])) ?? -1), levels }
}

function takeColumn(column: Column, of: Int32Array): Column {
  return column.type === 'number'
    ? { ...column, values: Float64Array.from(of, (i) => column.values[i] ?? Number.NaN) }
    : { ...column, codes: of.map((i) => column.codes[i] ?? -1) }
}

function textOf(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

function groups(of: Int32Array, labels: Uint8Array, names: readonly string[]): Groups {
  const own = of.map((i) => labels[i] ?? 0)
  const counts = new Int32Array(names.length)
  for (const label of own) counts[label]!++
  return { of: own, names, counts }
}
