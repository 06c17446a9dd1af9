import { parseArgs } from 'node:util'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { plantedWindow, scanInputOf } from './cases.ts'
import { mean } from './metrics.ts'

const CELLS = [
  'mnist/badnets/.01,mnist/flip/.01,mnist/garbage/.01,fashion/wanet/.01,fashion/pair-flip/.01',
  'spam/rare-token/.01,spam/flip/.01,birdstrikes/in-bounds/.01,birdstrikes/flip/.01,birdstrikes/flood/.01',
  'noisy-15/flip/.01,noisy-15/garbage/.01,mnist/clean/0,fashion/clean/0,spam/clean/0,birdstrikes/clean/0,noisy-15/clean/0',
].join(',')

const USAGE = `bench/detection/reliability.ts: risk held against what was planted, by family, and what a person would look at next
  --cells    dataset/attack/rate, comma-separated (default: attacks of each family, and clean windows)
  --n        records a window (default 3000)
  --seeds    default 0
  --budget   records that a person looks at below the threshold (default 50)`

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: CELLS },
    n: { type: 'string', default: '3000' },
    seeds: { type: 'string', default: '0' },
    budget: { type: 'string', default: '50' },
    help: { type: 'boolean', default: false },
  },
})

/** Upper ends of the steps of risk. */
const STEPS = [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1]
const HELD = 0.5

interface Judged {
  readonly window: string
  readonly risk: number
  readonly poisoned: boolean
  /** The family that speaks loudest; `none` where no family is named. */
  readonly family: string
}

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  const engine = await createEngine()
  const judged: Judged[] = []
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const cell of values.cells.split(',')) {
      const [dataset = '', attack = '', rate = '.01'] = cell.split('/')
      const window = plantedWindow({ dataset, attack, rate: Number(rate), seed, n: Number(values.n) })
      const { risk, issues } = await scanWindow(scanInputOf(window, seed), { engine })
      risk.forEach((value, i) => {
        if (window.neutral[i] === 1) return
        const family = issues[i]?.[0]?.family ?? 'none'
        judged.push({ window: `${cell}, seed ${seed}`, risk: value, poisoned: window.poisoned[i] === 1, family })
      })
      console.error(`${cell}, seed ${seed}`)
    }
  }
  console.log(byStep(judged))
  console.log(`\n${whatIsNext(judged)}`)
}

/** Mean risk and measured share of poison, by family and step of risk. */
function byStep(judged: readonly Judged[]): string {
  const families = [...new Set(judged.map(({ family }) => family))].sort()
  const lines = families.flatMap((family) =>
    STEPS.flatMap((to, k) => {
      const from = STEPS[k - 1] ?? 0
      const of = judged.filter(
        (one) => one.family === family && one.risk >= from && (one.risk < to || (to === 1 && one.risk === 1)),
      )
      if (of.length === 0) return []
      const poison = of.filter(({ poisoned }) => poisoned).length
      return `| ${family} | ${from} … ${to} | ${of.length} | ${mean(of.map(({ risk }) => risk)).toFixed(3)} | ${(poison / of.length).toFixed(3)} |`
    }),
  )
  return ['| family | risk | records | mean risk | poison, measured |\n| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  )
}

/** Of the poison that is not held, how much is among the riskiest that a person has time for. */
function whatIsNext(judged: readonly Judged[]): string {
  const budget = Number(values.budget)
  const lines = [...new Set(judged.map(({ window }) => window))].flatMap((window) => {
    const below = judged.filter((one) => one.window === window && one.risk < HELD).toSorted((a, b) => b.risk - a.risk)
    const missed = below.filter(({ poisoned }) => poisoned).length
    if (missed === 0) return []
    const seen = below.slice(0, budget).filter(({ poisoned }) => poisoned).length
    return `| ${window} | ${missed} | ${seen} |`
  })
  const head = `| window | poison not held | of it among the next ${budget} |\n| --- | --- | --- |`
  return [head, ...lines].join('\n')
}
