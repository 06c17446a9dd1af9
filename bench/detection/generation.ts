import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import type { PlantedExchanges } from '#attacks/exchanges/plant.ts'
import { CopiedExchanges } from '#services/scan/detectors/copied-exchanges.ts'
import { FixedPayloads } from '#services/scan/detectors/fixed-payloads.ts'
import { SmuggledMatter } from '#services/scan/detectors/smuggled-matter.ts'
import { SwappedPreferences } from '#services/scan/detectors/swapped-preferences.ts'
import { TriggerBehaviour } from '#services/scan/detectors/trigger-behaviour.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow, type WindowScan } from '#services/scan/scan-window.ts'
import { toCampaigns, type Candidate } from '#services/scan/verdict/campaigns.ts'
import { absoluteOdds, probability } from '#services/scan/verdict/fuse.ts'
import { createView } from '#services/scan/view/create-view.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { drawExchanges, preferred } from './substrates.ts'

const OF_EXCHANGES = [
  new TriggerBehaviour(),
  new SwappedPreferences(),
  new FixedPayloads(),
  new SmuggledMatter(),
  new CopiedExchanges(),
]
const CLEAN = 'clean'
const ATTACKS = [CLEAN, ...exchangeShifts.map(({ name }) => name), ...exchangeAttacks.map(({ name }) => name)]

const USAGE = `bench/detection/generation.ts: what the scan holds of generation data, planted and innocent
  --substrates  pairs to plant in (default mails,code; pages is kept for reporting)
  --attacks     what is planted (default all: ${ATTACKS.join(', ')})
  --rates       shares of the records (default .003,.01)
  --seeds       (default 0,1; figures are reported on 100 and up)
  --n           records a window (default 3000)
  --preferences the pairs as preferences, whatever is planted
  --alone       with the detectors of exchanges alone, in place of every detector
  --why         says why innocent records were held`

const { values } = parseArgs({
  options: {
    substrates: { type: 'string', default: 'mails,code' },
    attacks: { type: 'string', default: ATTACKS.join(',') },
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

function isPreference(attack: string): boolean {
  return values.preferences || attack.startsWith('prefer')
}

function planted(substrate: string, attack: string, rate: number, seed: number): PlantedExchanges {
  const drawn = drawExchanges(substrate, Number(values.n), seed)
  const exchanges = isPreference(attack) ? preferred(drawn, seed) : drawn
  const act = [...exchangeAttacks, ...exchangeShifts].find(({ name }) => name === attack)
  if (act !== undefined) return act.apply(exchanges, { rate, seed })
  if (attack !== CLEAN) throw new RangeError(`no attack \`${attack}\`; there are ${ATTACKS.join(', ')}`)
  const none = new Uint8Array(exchanges.length)
  return { exchanges, poisoned: none, neutral: none }
}

async function one(substrate: string, attack: string, rate: number, seed: number): Promise<Outcome> {
  const { exchanges, poisoned, neutral } = planted(substrate, attack, rate, seed)
  const n = exchanges.length
  const form = isPreference(attack) ? 'preference' : 'instruction'
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

/** What the scan would make of these detectors' word if there were no other. */
async function alone(input: ScanInput): Promise<Pick<WindowScan, 'risk' | 'issues' | 'campaigns'>> {
  const view = createView(input, await createEngine())
  const risk = new Float64Array(input.n)
  const candidates: Candidate[] = []
  for (const detector of OF_EXCHANGES) {
    const detection = await detector.score(view)
    const { family } = detector.info
    absoluteOdds(detection, family).forEach((odds, i) => (risk[i] = Math.max(risk[i]!, probability(odds))))
    candidates.push(...detection.groups.map((group) => ({ family, group })))
  }
  return { risk, issues: [], campaigns: toCampaigns(candidates, (i) => risk[i]! >= 0.5, null, null) }
}
