import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { npz } from '../npz.ts'
import { processorSeconds } from '../profile.ts'
import { createView } from '#services/scan/view/create-view.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Matrix } from '#services/scan/numeric/matrix.ts'
import { plantedWindow, scanInputOf, type Case } from './cases.ts'
import { evaluate } from './evaluate.ts'

/** One tool on one window; what a tool does not offer is absent. */
interface Line {
  readonly tool: string
  readonly seconds?: number
  /** Of all threads. */
  readonly processor?: number
  readonly auroc?: number
  readonly tprAt1?: number
  readonly poisonHeld?: number
  readonly innocentsHeld?: number
  readonly error?: string
}

const OURS = 'credence scan'
/** What together does what a scan does: triggers by activations, labels, outliers and near-duplicates, outliers once more. */
const TOGETHER = /^ART |^cleanlab Datalab|^PyOD /

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist' },
    attacks: { type: 'string', default: 'clean,badnets,blend-10,flip' },
    rates: { type: 'string', default: '.01' },
    seeds: { type: 'string', default: '0' },
    n: { type: 'string', default: '10000' },
  },
})

const python = peersPython()
if (python !== null) await run(python)

/** Null where the peers cannot be had; why is on stderr. */
function peersPython(): string | null {
  try {
    const script = join(import.meta.dirname, 'peers.sh')
    return execFileSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
  } catch {
    console.log('peers: skipped')
    return null
  }
}

async function run(python: string): Promise<void> {
  const list = (text: string) => text.split(',')
  const totals = new Map<string, Line[]>()
  await evaluate({ dataset: list(values.datasets)[0] ?? 'mnist', attack: 'clean', rate: 0, seed: 0, n: 400 }) // warms up
  for (const dataset of list(values.datasets)) {
    for (const attack of list(values.attacks)) {
      for (const rate of attack === 'clean' ? [0] : list(values.rates).map(Number)) {
        const cells = new Map<string, Line[]>()
        for (const seed of list(values.seeds).map(Number)) {
          const one = { dataset, attack, rate, seed, n: Number(values.n) }
          const before = processorSeconds()
          const ours: Line = { tool: OURS, ...(await evaluate(one)), processor: processorSeconds() - before }
          for (const line of [ours, ...(await peersOn(one, python))]) {
            cells.set(line.tool, [...(cells.get(line.tool) ?? []), line])
            totals.set(line.tool, [...(totals.get(line.tool) ?? []), line])
          }
        }
        print(`${dataset}, ${attack}${rate === 0 ? '' : ` ${100 * rate} %`}`, cells)
      }
    }
  }
  print('all of these', totals)
}

/** The peers work on the features, activations and out-of-fold probabilities of this product's own probe. */
async function peersOn(one: Case, python: string): Promise<Line[]> {
  const window = plantedWindow(one)
  const view = createView(scanInputOf(window, one.seed), await createEngine())
  const inputs = await view.inputs()
  const [started, before] = [performance.now(), processorSeconds()]
  const probe = await view.probe()
  const given: Line = {
    tool: 'the probe alone, given to the tools above',
    seconds: (performance.now() - started) / 1000,
    processor: processorSeconds() - before,
  }
  const array = ({ rows, cols, data }: Matrix) => ({ shape: [rows, cols], data })
  const vector = <T extends Uint8Array | Int32Array>(data: T) => ({ shape: [data.length], data })
  const folder = mkdtempSync(join(tmpdir(), 'credence-peers-'))
  try {
    const file = join(folder, 'window.npz')
    writeFileSync(
      file,
      npz({
        inputs: array(inputs),
        activations: array(probe.activations),
        probabilities: array(probe.outOfFold),
        labels: vector(window.labels.of),
        poisoned: vector(window.poisoned),
        neutral: vector(window.neutral),
      }),
    )
    const script = join(import.meta.dirname, 'peers.py')
    const output = execFileSync(python, [script, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const lines = output.split('\n').filter((text) => text.startsWith('{'))
    return [...lines.map((text) => JSON.parse(text) as Line), given]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function print(title: string, cells: ReadonlyMap<string, readonly Line[]>): void {
  const over = (lines: readonly Line[], value: (line: Line) => number | undefined) => {
    const known = lines.map(value).filter((v): v is number => typeof v === 'number' && !Number.isNaN(v))
    return known.length === 0 ? Number.NaN : known.reduce((sum, v) => sum + v, 0) / known.length
  }
  const shown = (value: number, digits: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const processor = (lines: readonly Line[]) => over(lines, (line) => line.processor)
  const ours = processor(cells.get(OURS) ?? [])
  console.log(`\n**${title}**\n`)
  console.log('| tool | AUROC | TPR@1%FPR | poison held % | innocents held % | seconds | processor | ours / theirs |')
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [tool, lines] of cells) {
    const seconds = over(lines, (line) => line.seconds)
    const columns = [
      tool,
      shown(
        over(lines, (line) => line.auroc),
        3,
      ),
      shown(
        over(lines, (line) => line.tprAt1),
        2,
      ),
      shown(100 * over(lines, (line) => line.poisonHeld), 1),
      shown(100 * over(lines, (line) => line.innocentsHeld), 2),
      shown(seconds, 2),
      shown(processor(lines), 2),
      shown(ours / processor(lines), 2),
    ]
    const error = lines.find((line) => line.error !== undefined)?.error
    console.log(error === undefined ? `| ${columns.join(' | ')} |` : `| ${tool} | ${error} |`)
  }
  const together = [...cells]
    .filter(([tool]) => TOGETHER.test(tool))
    .reduce((sum, [, lines]) => sum + processor(lines), 0)
  console.log(`| ART's, Datalab and PyOD's together | | | | | | ${shown(together, 2)} | ${shown(ours / together, 2)} |`)
}
