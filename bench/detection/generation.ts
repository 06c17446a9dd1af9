import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { ACTS, alone, isPreference, plantedCase } from './exchange-cases.ts'

const USAGE = `bench/detection/generation.ts: what the scan holds of generation data, planted and innocent
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

interface Outcome {
  readonly tpr: number
  readonly held: number
  readonly innocents: number
  readonly named: number
}

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
        for (const seed of seeds) outcomes.push(await one(substrate, attack, rate, seed))
        const mean = (of: keyof Outcome) => outcomes.reduce((sum, outcome) => sum + outcome[of], 0) / outcomes.length
        const planted = rate > 0 ? [mean('tpr').toFixed(2), (100 * mean('held')).toFixed(0)] : ['', '']
        const found = rate > 0 ? `${outcomes.reduce((sum, { named }) => sum + named, 0)} of ${seeds.length}` : ''
        const cells = [substrate, attack, rate, ...planted, (100 * mean('innocents')).toFixed(2), found]
        console.log(`| ${cells.join(' | ')} |`)
      }
    }
  }
}

async function one(substrate: string, attack: string, rate: number, seed: number): Promise<Outcome> {
  const { exchanges, poisoned, neutral } = plantedCase({
    substrate,
    attack,
    rate,
    seed,
    n: Number(values.n),
    preferences: values.preferences,
  })
  const n = exchanges.length
  const form = isPreference(attack, values.preferences) ? 'preference' : 'instruction'
  const samples = { kind: 'exchange', form, exchanges } as const
  const input = { n, seed, samples, labels: null, contributors: null }
  const scan = values.alone ? await alone(input) : await scanWindow(input, { engine: await createEngine() })
  const held = decide(scan.risk, policySchema.parse({})).map((decision) => decision !== 'admit')
  const innocent = [...poisoned.keys()].filter((i) => poisoned[i] === 0 && neutral[i] === 0)
  const guilty = [...poisoned.keys()].filter((i) => poisoned[i] === 1)
  const falls = innocent.filter((i) => held[i])
  if (values.why) {
    for (const { summary, members } of scan.campaigns)
      console.log(`   ${members.filter((i) => poisoned[i]).length} of ${members.length} planted: ${summary}`)
    const single = falls.filter((i) => !scan.campaigns.some(({ members }) => members.includes(i)))
    for (const i of single.slice(0, 5)) console.log(`   alone: ${scan.issues[i]?.[0]?.why}`)
  }
  const threshold = innocent.map((i) => scan.risk[i]!).sort((a, b) => b - a)[Math.floor(0.001 * innocent.length)] ?? 1
  const named = scan.campaigns.some(
    ({ trigger, members }) =>
      trigger?.kind === 'tokens' && members.filter((i) => poisoned[i] === 1).length > members.length / 2,
  )
  return {
    tpr: guilty.filter((i) => scan.risk[i]! > threshold).length / Math.max(1, guilty.length),
    held: guilty.filter((i) => held[i]).length / Math.max(1, guilty.length),
    innocents: falls.length / innocent.length,
    named: Number(named),
  }
}
