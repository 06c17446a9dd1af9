import { appendFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { actsOn, hasForeign, isBenign, type Case } from './cases.ts'
import { evaluate, type Row } from './evaluate.ts'
import { markdown } from './report.ts'

/** Seeds that thresholds may be chosen on, and seeds that figures are reported from: never the same. */
const DEVELOPMENT_SEEDS = '0,1,2,3,4'
const REPORT_SEEDS = '100,101,102,103,104'

const USAGE = `bench/detection/run.ts: plants every attack in real windows and measures what the scan makes of it
  --datasets mnist,fashion,spam,birdstrikes,synthetic
  --attacks  names, comma-separated; 'benign' for the windows without poison (default: all that suit the dataset)
  --rates    shares of poison (default .003,.01,.05)
  --seeds    default ${DEVELOPMENT_SEEDS}; 'report' for ${REPORT_SEEDS}
  --n        records a window (default 10000, or all there are)
  --history  clean windows scanned before each planted one (default 0)
  --json     a file that gets one JSON line a window as it is done
  --out      a file that gets the tables, again after every window`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,fashion,spam,birdstrikes,synthetic' },
    attacks: { type: 'string', default: 'all' },
    rates: { type: 'string', default: '.003,.01,.05' },
    seeds: { type: 'string', default: DEVELOPMENT_SEEDS },
    n: { type: 'string', default: '10000' },
    history: { type: 'string', default: '0' },
    json: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else await run()

function plan(): Case[] {
  const numbers = (list: string) => list.split(',').map(Number)
  const seeds = numbers(values.seeds === 'report' ? REPORT_SEEDS : values.seeds)
  const wanted = new Set(values.attacks.split(','))
  const wants = (act: string) => wanted.has('all') || wanted.has(act) || (wanted.has('benign') && isBenign(act))
  // Seed by seed, so that an interrupted run has seen every attack.
  return seeds.flatMap((seed) =>
    values.datasets.split(',').flatMap((dataset) =>
      actsOn(dataset)
        .filter((act) => wants(act) && (act !== 'foreign' || hasForeign(dataset)))
        .flatMap((attack) =>
          (isBenign(attack) ? [0] : numbers(values.rates)).map((rate) => ({
            dataset,
            attack,
            rate,
            seed,
            n: Number(values.n),
            history: Number(values.history),
          })),
        ),
    ),
  )
}

async function run(): Promise<void> {
  const rows: Row[] = []
  const cases = plan()
  for (const one of cases) {
    const row = await evaluate(one).catch((error: unknown) => {
      // One window that cannot be scanned is a finding of its own: told, counted in the exit code, not the end of the run.
      process.exitCode = 1
      console.error(`FAILED ${one.dataset} ${one.attack} ${one.rate} seed ${one.seed}: ${String(error)}`)
      return null
    })
    if (row === null) continue
    rows.push(row)
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(row)}\n`)
    if (values.out !== undefined) writeFileSync(values.out, markdown(rows))
    const figures = isBenign(row.attack)
      ? ''
      : ` ${row.auroc.toFixed(3)}/${row.tprAt1.toFixed(2)} poison held ${row.poisonHeld.toFixed(2)}`
    console.error(
      `${rows.length}/${cases.length} ${row.dataset} ${row.attack} ${row.rate} seed ${row.seed}:${figures} innocents held ${(100 * row.innocentsHeld).toFixed(2)} % in ${row.seconds.toFixed(1)} s`,
    )
  }
  console.log(markdown(rows))
}
