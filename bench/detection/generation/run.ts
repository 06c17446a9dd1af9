import { parseArgs } from 'node:util'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { ACTS } from './cases.ts'
import { measured, type Outcome } from './outcome.ts'

const USAGE = `bench/detection/generation/run.ts: what the scan holds of generation data, planted and innocent
  --substrates  pairs to plant in (default mails,code; pages is kept for reporting)
  --attacks     what is planted (default all: ${ACTS.join(', ')})
  --rates       shares of the records (default .003,.01)
  --seeds       (default 0,1; figures are reported on 100 and up)
  --n           records a window (default 3000)
  --preferences the pairs as preferences, whatever is planted
  --alone       with the detectors of exchanges alone, in place of every detector
  --why         says why innocent records were held`

const { values } = parseArgs({
  options: {
    substrates: { type: 'string', default: 'mails,code' },
    attacks: { type: 'string', default: ACTS.join(',') },
    rates: { type: 'string', default: '.003,.01' },
    seeds: { type: 'string', default: '0,1' },
    n: { type: 'string', default: '3000' },
    preferences: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    why: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  console.log(
    '| pairs | attack | rate | TPR at .1 % FPR | planted held % | innocents held % | trigger and behaviour named |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  const seeds = values.seeds.split(',').map(Number)
  for (const substrate of values.substrates.split(',')) {
    for (const attack of values.attacks.split(',')) {
      const rates = exchangeAttacks.some(({ name }) => name === attack) ? values.rates.split(',').map(Number) : [0]
      for (const rate of rates) {
        const outcomes: Outcome[] = []
        for (const seed of seeds) {
          const outcome = await measured(
            { substrate, attack, rate, seed, n: Number(values.n), preferences: values.preferences },
            { alone: values.alone },
          )
          outcomes.push(outcome)
          if (values.why) for (const line of outcome.why) console.log(`   ${line}`)
        }
        const mean = (of: Exclude<keyof Outcome, 'why'>) =>
          outcomes.reduce((sum, outcome) => sum + outcome[of], 0) / outcomes.length
        const planted = rate > 0 ? [mean('tpr').toFixed(2), (100 * mean('held')).toFixed(0)] : ['', '']
        const found = rate > 0 ? `${outcomes.reduce((sum, { named }) => sum + named, 0)} of ${seeds.length}` : ''
        const cells = [substrate, attack, rate, ...planted, (100 * mean('innocents')).toFixed(2), found]
        console.log(`| ${cells.join(' | ')} |`)
      }
    }
  }
}
