import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseCsv } from '#cli/demo/datasets.ts'
import type { Row } from '#cli/demo/pool.ts'
import type { Contract } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
import type { Fields, Value } from '#core/value.ts'
import { inferFields } from '#services/ingest/infer/infer.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { buildInput } from '#services/scan/view/build-input.ts'
import { UNTOUCHED_FOLDER } from './untouched.ts'

const USAGE = `bench/detection/tables.ts: what the scan holds of clean public tables, as inferred and without labels
  --only     a regular expression over file names (default: every table of vega-datasets, and those that untouched.sh wrote)
  --most     rows of the large window of each table (default 3000; 0 for none)
  --draws    small windows of 50 to 500 rows besides (default 0)
  --from     seed of the first draw (default 0; thresholds were chosen on draws below 2000)`

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '.' },
    most: { type: 'string', default: '3000' },
    draws: { type: 'string', default: '0' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

const VEGA = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data')
const FOLDERS = [VEGA, join(UNTOUCHED_FOLDER, 'tables')]
const [FEWEST, MOST] = [50, 500]
/** Of a table a small window is no more than this share, so that another draw is another window. */
const SHARE = 0.8

interface Table {
  readonly name: string
  readonly rows: readonly Fields[]
  readonly contract: Contract
}

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  const engine = await createEngine()
  const total = { held: 0, records: 0 }
  for (const folder of FOLDERS.filter((path) => existsSync(path))) {
    for (const file of readdirSync(folder).filter((name) => new RegExp(values.only).test(name))) {
      const table = read(folder, file)
      if (table === null) continue
      const windows = plan(table)
      const held: number[] = []
      for (const of of windows) held.push(await heldOf(table, of, engine))
      const [sum, records] = [held, windows.map((of) => of.length)].map((all) => all.reduce((a, b) => a + b, 0))
      total.held += sum!
      total.records += records!
      const struck = held.filter((count) => count > 0).length
      console.log(`${table.name}: ${sum} of ${records} held, in ${struck} of ${windows.length} windows`)
    }
  }
  console.log(`all: ${total.held} of ${total.records} held`)
}

/** How many of these rows the default policy holds, without labels. */
async function heldOf({ name, rows, contract }: Table, of: readonly number[], engine: Engine): Promise<number> {
  const provenance = { source: name, partition: '', position: '' }
  const records = of.map((i): DataRecord => ({ id: String(i), fields: rows[i]!, provenance }))
  const input = { ...buildInput(records, contract, 7), labels: null, contributors: null }
  const { risk } = await scanWindow(input, { engine })
  return decide(risk, policySchema.parse({})).filter((decision) => decision !== 'admit').length
}

/** A large window of the table and small ones, as row numbers. */
function plan({ name, rows }: Table): number[][] {
  const draw = (seed: number, n: number) => [
    ...seededRandom(seed, `rows of ${name}`).permutation(rows.length).subarray(0, n).sort(),
  ]
  const large = Math.min(rows.length, Number(values.most))
  const small = Array.from({ length: Number(values.draws) }, (_, k) => {
    const seed = k + Number(values.from)
    const n = Math.round(FEWEST * (MOST / FEWEST) ** seededRandom(seed, 'size of a small window').next())
    return draw(seed, Math.min(n, Math.floor(SHARE * rows.length)))
  })
  return [...(large > 0 ? [draw(0, large)] : []), ...small].filter((of) => of.length >= FEWEST)
}

/** The file as a table; null where it is none of rows and columns, or has too few rows. */
function read(folder: string, file: string): Table | null {
  if (!/\.(?:csv|json)$/.test(file)) return null
  const text = readFileSync(join(folder, file), 'utf8')
  const parsed: unknown = file.endsWith('.csv') ? parseCsv(text) : JSON.parse(text)
  if (!Array.isArray(parsed) || parsed.length < FEWEST || !parsed.every(isRow)) return null
  const rows = withNumbers(parsed)
  const { contract } = inferFields(rows)
  return contract.features.kind === 'table' ? { name: file, rows, contract } : null
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Columns whose every value is a number, or missing, as numbers. */
function withNumbers(rows: readonly Row[]): Fields[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const isNumber = (value: Row[string]) => String(value).trim() !== '' && Number.isFinite(Number(value))
  const numbers = new Set(names.filter((name) => rows.every((row) => isMissing(row[name]) || isNumber(row[name]))))
  const valueOf = (row: Row, name: string): Value => {
    const value = row[name]
    if (isMissing(value)) return null
    return numbers.has(name) ? Number(value) : (value ?? null)
  }
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, valueOf(row, name)])))
}

function isMissing(value: Row[string]): boolean {
  return value === '' || value === null || value === undefined
}
