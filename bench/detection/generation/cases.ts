import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import type { PlantedExchanges } from '#attacks/exchanges/plant.ts'
import { CopiedExchanges } from '#services/scan/detectors/exchange/copied-exchanges.ts'
import { FixedPayloads } from '#services/scan/detectors/exchange/fixed-payloads.ts'
import { OddAnswers } from '#services/scan/detectors/exchange/odd-answers.ts'
import { SmuggledMatter } from '#services/scan/detectors/exchange/smuggled-matter.ts'
import { SwappedPreferences } from '#services/scan/detectors/exchange/swapped-preferences.ts'
import { TriggerBehaviour } from '#services/scan/detectors/exchange/trigger-behaviour.ts'
import { toCampaigns, type Candidate } from '#services/scan/verdict/campaigns.ts'
import { absoluteOdds, probability } from '#services/scan/verdict/fuse.ts'
import { createView } from '#services/scan/view/create-view.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { WindowScan } from '#services/scan/scan-window.ts'
import { drawExchanges, preferred } from './substrates.ts'

const OF_EXCHANGES = [
  new TriggerBehaviour(),
  new SwappedPreferences(),
  new FixedPayloads(),
  new SmuggledMatter(),
  new CopiedExchanges(),
  new OddAnswers(),
]
const CLEAN = 'clean'
/** What can be planted. */
export const ACTS = [CLEAN, ...exchangeShifts.map(({ name }) => name), ...exchangeAttacks.map(({ name }) => name)]

/** Pairs with something planted among them, or innocently changed. */
export interface ExchangeCase {
  readonly substrate: string
  readonly attack: string
  readonly rate: number
  readonly seed: number
  readonly n: number
  /** As preferences, whatever is planted. */
  readonly preferences?: boolean
}

export function isPreference(attack: string, asked = false): boolean {
  return asked || attack.startsWith('prefer')
}

/** Throws RangeError where there is no such attack or substrate. */
export function plantedCase({ substrate, attack, rate, seed, n, preferences }: ExchangeCase): PlantedExchanges {
  const drawn = drawExchanges(substrate, n, seed)
  const exchanges = isPreference(attack, preferences) ? preferred(drawn, seed) : drawn
  const act = [...exchangeAttacks, ...exchangeShifts].find(({ name }) => name === attack)
  if (act !== undefined) return act.apply(exchanges, { rate, seed })
  if (attack !== CLEAN) throw new RangeError(`no attack \`${attack}\`; there are ${ACTS.join(', ')}`)
  const none = new Uint8Array(exchanges.length)
  return { exchanges, poisoned: none, neutral: none }
}

/** What the scan would make of these detectors' word if there were no other. */
export async function alone(input: ScanInput): Promise<Pick<WindowScan, 'risk' | 'issues' | 'campaigns'>> {
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
