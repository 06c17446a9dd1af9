import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { z } from 'zod'
import { FAMILIES } from '#core/score.ts'
import type { PoisonedWindow, Table } from '#attacks/types.ts'
import { npz } from '../npz.ts'
import { plantedWindow } from './cases.ts'
import { heldShares, rank } from './metrics.ts'

/**
 * The scan as a user meets it: files with planted poison, `credence scan <file> --format jsonl --all`, one line a record
 * in input order. Checks every line against the contract and measures from them alone. Exit 1 where a line breaks it.
 */
const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string', default: 'npz,jsonl,csv' },
  },
})

const line = z.object({
  index: z.int().nonnegative(),
  id: z.string(),
  risk: z.number().min(0).max(1),
  decision: z.enum(['admit', 'quarantine', 'reject']),
  issues: z.array(z.object({ family: z.enum(FAMILIES), score: z.number().min(0).max(1), why: z.string() })),
})
type Line = z.infer<typeof line>

interface Format {
  readonly dataset: string
  readonly file: string
  readonly attacks: readonly string[]
  write(window: PoisonedWindow): string | Uint8Array
}

const FORMATS: Readonly<Record<string, Format>> = {
  npz: { dataset: 'mnist', file: 'window.npz', attacks: ['clean', 'badnets', 'flip'], write: imagesAsNpz },
  jsonl: { dataset: 'spam', file: 'window.jsonl', attacks: ['clean', 'rare-token', 'flip'], write: textsAsJsonl },
  csv: { dataset: 'birdstrikes', file: 'window.csv', attacks: ['clean', 'out-of-bounds', 'flip'], write: tableAsCsv },
}

const folder = mkdtempSync(join(tmpdir(), 'credence-check-'))
try {
  console.log('| file | planted | AUROC/TPR@1%FPR | poison held % | innocents held % | exit | seconds |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const name of values.only.split(',')) {
    const format = FORMATS[name]
    if (format === undefined) throw new RangeError(`no format ${name}`)
    for (const attack of format.attacks) await check(format, attack)
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function check(format: Format, attack: string): Promise<void> {
  const seed = Number(values.seed)
  const window = plantedWindow({ dataset: format.dataset, attack, rate: 0.01, seed, n: Number(values.n) })
  const path = join(folder, format.file)
  writeFileSync(path, format.write(window))
  const started = performance.now()
  const { lines, exit } = await scan(path)
  const seconds = (performance.now() - started) / 1000
  verify(lines, window.labels.of.length, exit)
  const risk = lines.map((record) => record.risk)
  const held = lines.map((record) => record.decision !== 'admit')
  const { auroc, tprAt1 } = rank(risk, window)
  const shares = heldShares(held, window)
  const figure = (value: number, digits: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  console.log(
    `| ${format.file} | ${window.description} | ${figure(auroc, 3)}/${figure(tprAt1, 2)} | ${figure(100 * shares.poison, 1)} | ${figure(100 * shares.innocents, 2)} | ${exit} | ${seconds.toFixed(1)} |`,
  )
}

async function scan(path: string): Promise<{ lines: Line[]; exit: number }> {
  const cli = join(import.meta.dirname, '../../cli/credence.js')
  const options = { maxBuffer: 2 ** 28, cwd: folder }
  const { stdout, exit } = await promisify(execFile)(
    process.execPath,
    [cli, 'scan', path, '--format', 'jsonl', '--all'],
    options,
  ).then(
    ({ stdout }) => ({ stdout, exit: 0 }),
    (error: { stdout?: string; stderr?: string; code?: number }) => {
      // Findings are exit 1; anything else is a failure.
      if (error.code !== 1) throw new Error(`credence scan ${path}: exit ${error.code}: ${error.stderr ?? ''}`)
      return { stdout: error.stdout ?? '', exit: 1 }
    },
  )
  const lines = stdout.split('\n').filter((text) => text !== '')
  return { lines: lines.map((text) => line.parse(JSON.parse(text))), exit }
}

function verify(lines: readonly Line[], n: number, exit: number): void {
  if (lines.length !== n) throw new Error(`${n} records in, ${lines.length} lines out`)
  lines.forEach((record, i) => {
    if (record.index !== i) throw new Error(`line ${i} is of record ${record.index}`)
  })
  if (new Set(lines.map(({ id }) => id)).size !== n) throw new Error('two records share an id')
  const findings = lines.some(({ decision }) => decision !== 'admit')
  if (exit !== (findings ? 1 : 0)) throw new Error(`exit ${exit} ${findings ? 'with' : 'without'} findings`)
}

function imagesAsNpz({ samples, labels }: PoisonedWindow): Uint8Array {
  if (samples.kind !== 'image') throw new RangeError('not images')
  const { rows, cols, data } = samples.pixels
  const x = Uint8Array.from(data, (value) => Math.round(255 * value))
  return npz({ x: { shape: [rows, cols], data: x }, y: { shape: [rows], data: labels.of } })
}

function textsAsJsonl({ samples, labels }: PoisonedWindow): string {
  if (samples.kind !== 'text') throw new RangeError('not texts')
  const rows = samples.texts.map((text, i) => JSON.stringify({ text, label: labels.names[labels.of[i] ?? 0] }))
  return `${rows.join('\n')}\n`
}

function tableAsCsv({ samples, labels }: PoisonedWindow): string {
  if (samples.kind !== 'table') throw new RangeError('not a table')
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const head = [...samples.columns.map(({ name }) => quoted(name)), 'label'].join(',')
  const rows = Array.from(labels.of, (label, i) => [...cellsOf(samples, i).map(quoted), labels.names[label]].join(','))
  return `${[head, ...rows].join('\n')}\n`
}

function cellsOf(table: Table, i: number): string[] {
  return table.columns.map((column) => {
    if (column.type === 'category') return column.levels[column.codes[i] ?? -1] ?? ''
    const value = column.values[i] ?? Number.NaN
    return Number.isNaN(value) ? '' : String(value)
  })
}
