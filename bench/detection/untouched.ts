import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { imagePool, tablePool, type Columns, type Pool } from '#cli/demo/pool.ts'
import { loadNoisy } from '#test/support/datasets/noisy.ts'

/** Where `untouched.sh` wrote the data sets to. */
export const UNTOUCHED_FOLDER = process.env['CREDENCE_UNTOUCHED'] ?? join(tmpdir(), 'credence-untouched')
const WRITTEN = [
  'digits',
  'breast-cancer',
  'votes',
  'affairs',
  'visits',
  'wages',
  'houses',
  'gaussians-5',
  'gaussians-15',
  'gaussians-25',
  'sentences',
]
/** Payments by laws of their own: share of rows that the best rule has wrong, seed. */
const PAYMENTS: Readonly<Record<string, readonly [number, number]>> = {
  'payments-5': [0.05, 60],
  'payments-25': [0.25, 61],
}
/** Of a small data set a window is this share, so that another seed is another window. */
const SHARE = 0.8

export const UNTOUCHED = [...WRITTEN, ...Object.keys(PAYMENTS)]

interface Written {
  readonly kind: 'image' | 'table' | 'vector'
  readonly label: string
  readonly columns: Columns
  /** In the order of the columns, the label last. */
  readonly rows: readonly (readonly (string | number | null)[])[]
}

const read = new Map<string, Pool>()

/** A data set that no detector was developed on; undefined where there is none of that name. */
export function untouched(name: string): Pool | undefined {
  if (!UNTOUCHED.includes(name)) return undefined
  const pool = read.get(name) ?? load(name)
  read.set(name, pool)
  return pool
}

/** As many of the `n` records as such a data set gives a window. */
export function atMost(pool: Pool, n: number): number {
  return Math.min(n, Math.floor(SHARE * pool.size))
}

function load(name: string): Pool {
  const payments = PAYMENTS[name]
  if (payments !== undefined) return loadNoisy(...payments)
  const { kind, label, columns, rows } = JSON.parse(
    readFileSync(join(UNTOUCHED_FOLDER, `${name}.json`), 'utf8'),
  ) as Written
  const names = [...Object.keys(columns).map((column) => (kind === 'vector' ? coordinate(column) : column)), label]
  if (kind === 'image') return digitsPool(name, rows)
  const named = Object.fromEntries(Object.values(columns).map((type, k) => [names[k]!, type]))
  return tablePool(
    name,
    rows.map((row) => Object.fromEntries(row.map((value, k) => [names[k]!, value]))),
    named,
    label,
  )
}

/** Levels of 0 to 16, as bytes. */
function digitsPool(name: string, rows: Written['rows']): Pool {
  const bytes = Uint8Array.from(rows.flatMap((row) => row.slice(0, -1).map((level) => (255 * Number(level)) / 16)))
  const labels = Uint8Array.from(rows, (row) => Number(row.at(-1)))
  const side = Math.sqrt(rows[0]!.length - 1)
  return imagePool(
    name,
    [side, side],
    bytes,
    labels,
    Array.from({ length: 10 }, (_, digit) => String(digit)),
  )
}

const coordinate = (column: string) => `x[${column}]`

/** Whether these are the coordinates of vectors, which are planted as rows and scanned as vectors. */
export function areCoordinates(columns: readonly { readonly name: string }[]): boolean {
  return columns.every(({ name }, k) => name === coordinate(String(k)))
}
