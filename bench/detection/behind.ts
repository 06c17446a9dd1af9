import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { bestAlone, figures, percent, averaged, scoreAlone, type Scored, type Verdict } from './alone.ts'
import { actsOn, CLEAN, plantedWindow, windowOf, type Case } from './cases.ts'
import { mean } from './metrics.ts'
import { UNTOUCHED } from './untouched.ts'

const USAGE = `bench/detection/behind.ts: how far the risk is behind its best channel, on data that nothing was developed on
  (written by bench/detection/untouched.sh)
  --datasets default ${UNTOUCHED.join(',')}
  --attacks  default: clean, a trigger of each sort, flips, garbage and floods, as suits the data
  --rates    shares of poison (default .003,.01,.05); windows of fewer than five planted records are left out
  --seeds    default 0
  --n        records a window, at most (default 4000)
  --json     a file that gets one JSON line a window`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: UNTOUCHED.join(',') },
    attacks: {
      type: 'string',
      default: 'clean,badnets,blend-10,wanet,out-of-bounds,in-bounds,two-values,flip,pair-flip,garbage,flood',
    },
    rates: { type: 'string', default: '.003,.01,.05' },
    seeds: { type: 'string', default: '0' },
    n: { type: 'string', default: '4000' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const FEWEST = 5
/** A trigger of two coordinates is no trigger of a vector. */
const OF_VECTORS = [CLEAN, 'flip', 'pair-flip', 'garbage', 'flood']

interface Row extends Case {
  readonly fused: Verdict
  readonly alone: Scored['alone']
}

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  const engine = await createEngine()
  const rows: Row[] = []
  for (const one of plan()) {
    const { fused, alone } = await scoreAlone(plantedWindow(one), one.seed, engine)
    const row = { ...one, fused, alone }
    rows.push(row)
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(row)}\n`)
    console.error(line([row]))
  }
  console.log(
    '| data | attack | rate % | n | risk | best detector alone | behind | poison held % | innocents held %, mean | worst |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  )
  for (const cell of new Set(rows.map(cellOf))) console.log(line(rows.filter((row) => cellOf(row) === cell)))
}

function plan(): Case[] {
  const wanted = values.attacks.split(',')
  // Seed by seed, so that an interrupted run has seen every cell.
  return values.seeds.split(',').flatMap((seed) =>
    values.datasets.split(',').flatMap((dataset) => {
      const n = windowOf(dataset, Number(values.n), Number(seed)).labels.of.length
      const acts = dataset === 'sentences' ? OF_VECTORS : actsOn(dataset)
      return acts
        .filter((act) => wanted.includes(act))
        .flatMap((attack) => ratesOf(attack, n).map((rate) => ({ dataset, attack, rate, seed: Number(seed), n })))
    }),
  )
}

function ratesOf(attack: string, n: number): number[] {
  if (attack === CLEAN) return [0]
  return values.rates
    .split(',')
    .map(Number)
    .filter((rate) => Math.round(rate * n) >= FEWEST)
}

function cellOf({ dataset, attack, rate }: Case): string {
  return [dataset, attack, rate].join('\t')
}

function line(rows: readonly Row[]): string {
  const { dataset, attack, rate, n } = rows[0]!
  const share = (value: number) => (100 * value).toFixed(2)
  const innocents = rows.map(({ fused }) => fused.innocentsHeld)
  const risk = averaged(rows.map(({ fused }) => fused))
  const best = bestAlone(rows.map(({ alone }) => alone))
  const planted =
    attack === CLEAN
      ? ['', '', '', '']
      : [
          figures(risk),
          `${best.name} ${figures(best)}`,
          Math.max(0, best.tprAt1 - risk.tprAt1)
            .toFixed(2)
            .replace(/^0/, ''),
          percent(mean(rows.map(({ fused }) => fused.poisonHeld))),
        ]
  const columns = [dataset, attack, attack === CLEAN ? '' : 100 * rate, n, ...planted, share(mean(innocents))]
  return `| ${[...columns, share(Math.max(...innocents))].join(' | ')} |`
}
