import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { plantedWindow, scanInputOf } from './cases.ts'

const TABLES = 'iris,penguins,cars,gapminder,barley,weather,movies,flights,birdstrikes,birdstrikes-damage'

const USAGE = `bench/detection/small.ts: what the scan holds of small windows, clean ones unless an attack is named
  --tables   data sets (default ${TABLES})
  --draws    windows a data set (default 20)
  --from     seed of the first draw (default 0; thresholds were chosen on draws below 2000, figures are reported from there on)
  --least, --most  records a window, drawn between them, every size alike on a logarithmic scale (default 50 and 500)
  --attack   what is planted (default clean), at --rate (default .04)
  --unlabelled  scans the windows without their labels
  --json     a file that gets one JSON line a window`

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: TABLES },
    draws: { type: 'string', default: '20' },
    from: { type: 'string', default: '0' },
    least: { type: 'string', default: '50' },
    most: { type: 'string', default: '500' },
    attack: { type: 'string', default: 'clean' },
    rate: { type: 'string', default: '.04' },
    unlabelled: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else await run()

interface Sum {
  records: number
  held: number
  windows: number
  struck: number
  poison: number
  found: number
}

async function run(): Promise<void> {
  const engine = await createEngine()
  const total: Sum = { records: 0, held: 0, windows: 0, struck: 0, poison: 0, found: 0 }
  for (const table of values.tables.split(',')) {
    const sum: Sum = { records: 0, held: 0, windows: 0, struck: 0, poison: 0, found: 0 }
    const by = new Map<string, number>()
    for (let draw = 0; draw < Number(values.draws); draw++)
      await one(table, draw + Number(values.from), engine, sum, by)
    for (const key of Object.keys(total) as (keyof Sum)[]) total[key] += sum[key]
    console.log(line(table, sum), [...by].map(([name, count]) => `${name} ${count}`).join(', '))
  }
  console.log(line('all', total))
}

/** Scans one window of a size of its own, and counts what is held of it. */
async function one(table: string, seed: number, engine: Engine, sum: Sum, by: Map<string, number>): Promise<void> {
  const [least, most] = [Number(values.least), Number(values.most)]
  const n = Math.round(least * (most / least) ** seededRandom(seed, 'size of a small window').next())
  const window = plantedWindow({ dataset: table, attack: values.attack, rate: Number(values.rate), seed, n })
  const input = scanInputOf(window, seed)
  const result = await scanWindow(values.unlabelled ? { ...input, labels: null } : input, { engine })
  const held = decide(result.risk, policySchema.parse({})).map((decision) => decision !== 'admit')
  const families: Record<string, number> = {}
  let innocents = 0
  held.forEach((is, i) => {
    if (window.neutral[i] === 1) return
    if (window.poisoned[i] === 1) sum.found += Number(is)
    else if (is) {
      innocents++
      const family = result.issues[i]?.[0]?.family ?? 'none'
      families[family] = (families[family] ?? 0) + 1
      by.set(family, (by.get(family) ?? 0) + 1)
    }
  })
  const planted = window.poisoned.reduce((count, bit) => count + bit, 0)
  sum.windows++
  sum.records += input.n - planted
  sum.poison += planted
  sum.held += innocents
  sum.struck += Number(innocents > 0)
  if (values.json === undefined) return
  const why = result.issues
    .filter((_, i) => held[i])
    .slice(0, 3)
    .map((issues) => issues[0]?.why)
  const found = { table, seed, n: input.n, innocents, planted, families, notes: result.notes, why }
  appendFileSync(values.json, `${JSON.stringify(found)}\n`)
}

function line(name: string, { records, held, windows, struck, poison, found }: Sum): string {
  const share = ((100 * held) / Math.max(1, records)).toFixed(2)
  const planted = poison > 0 ? `; of ${poison} planted ${found} held` : ''
  return `${name}: ${held} of ${records} innocents held, ${share} %, in ${struck} of ${windows} windows${planted}`
}
