import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { PoisonedWindow } from '#attacks/types.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { averaged, bestAlone, figures, percent, scoreAlone, type Verdict } from './alone.ts'
import { plantedWindow } from './cases.ts'
import { mean, type Ranking } from './metrics.ts'
import { unheard } from './unheard.ts'

const USAGE = `bench/detection/ablation.ts: what each detector is worth: alone, and to all the others
  --cells    dataset/attack/rate, comma-separated (default: the windows in which one detector sees what others miss)
  --n        records a window of --cells (default 4000)
  --scale    of the default windows, in their own numbers (default 1)
  --seeds    default 0
  --json     a file that gets one JSON line a window`

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: '' },
    n: { type: 'string', default: '4000' },
    scale: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '0' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

interface Ablated {
  readonly window: string
  readonly seed: number
  readonly fused: Verdict
  readonly alone: Readonly<Record<string, Ranking>>
  /** The risk of all other detectors. */
  readonly without: Readonly<Record<string, Verdict>>
}

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  const engine = await createEngine()
  const rows: Ablated[] = []
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const { name, draw } of windows()) {
      const row = await ablate(name, draw(seed), seed, engine)
      rows.push(row)
      if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(row)}\n`)
      console.error(`${name}, seed ${seed}: ${figures(row.fused)}, ${percent(row.fused.poisonHeld)} % held`)
    }
  }
  console.log(byWindow(rows))
  console.log(`\n${byDetector(rows)}`)
}

function windows(): { name: string; draw: (seed: number) => PoisonedWindow }[] {
  if (values.cells === '')
    return unheard.map(({ name, draw }) => ({ name, draw: (seed) => draw(seed, Number(values.scale)) }))
  return values.cells.split(',').map((cell) => {
    const [dataset = '', attack = '', rate = '.01'] = cell.split('/')
    const n = Number(values.n)
    return { name: cell, draw: (seed) => plantedWindow({ dataset, attack, rate: Number(rate), seed, n }) }
  })
}

async function ablate(name: string, window: PoisonedWindow, seed: number, engine: Engine): Promise<Ablated> {
  const scored = await scoreAlone(window, seed, engine)
  const { fused, alone } = scored
  const without: Record<string, Verdict> = {}
  for (const { info, tags } of scored.channels) {
    // One that only ranks beside the others changes nothing by its absence.
    const idle = tags.role === 'supporting' && tags.knows === undefined
    without[info.name] = idle ? fused : await scored.without(info.name)
  }
  return { window: name, seed, fused, alone, without }
}

function byWindow(rows: readonly Ablated[]): string {
  const lines = grouped(rows).map(([window, of]) => {
    const best = bestAlone(of.map(({ alone }) => alone))
    const held = mean(of.map(({ fused }) => fused.poisonHeld))
    const innocents = mean(of.map(({ fused }) => fused.innocentsHeld))
    return `| ${window} | ${figures(averaged(of.map(({ fused }) => fused)))} | ${percent(held)} | ${(100 * innocents).toFixed(2)} | ${best.name} ${figures(best)} |`
  })
  const head =
    '| window | risk | poison held % | innocents held % | best detector alone |\n| --- | --- | --- | --- | --- |'
  return [head, ...lines].join('\n')
}

function byDetector(rows: readonly Ablated[]): string {
  const names = [...new Set(rows.flatMap(({ alone }) => Object.keys(alone)))]
  const lines = names.map((name) => {
    const of = rows.filter(({ alone }) => alone[name] !== undefined)
    const first = of.filter(({ alone }) => {
      const own = alone[name]?.tprAt1 ?? 0
      return own > 0 && Object.values(alone).every(({ tprAt1 }) => tprAt1 <= own)
    })
    const lost = (key: 'tprAt1' | 'poisonHeld') =>
      mean(of.map((row) => row.fused[key] - (row.without[name]?.[key] ?? 0)))
    const ranking = averaged(of.map(({ alone }) => alone[name]))
    return `| ${name} | ${figures(ranking)} | ${first.length} of ${of.length} | ${signed(lost('tprAt1'))} | ${signed(lost('poisonHeld'))} |`
  })
  const head =
    '| detector | alone | best of all | TPR@1% that it adds | share held that it adds |\n| --- | --- | --- | --- | --- |'
  return [head, ...lines].join('\n')
}

function grouped(rows: readonly Ablated[]): [string, Ablated[]][] {
  return [...new Set(rows.map(({ window }) => window))].map((name) => [
    name,
    rows.filter(({ window }) => window === name),
  ])
}

function signed(value: number): string {
  return Math.abs(value) < 0.005 ? '0' : value.toFixed(2).replace('0.', '.')
}
