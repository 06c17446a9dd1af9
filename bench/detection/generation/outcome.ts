import { policySchema } from '#core/decision.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { alone, isPreference, plantedCase, type ExchangeCase } from './cases.ts'

/** What a scan made of one window of exchanges. */
export interface Outcome {
  /** Share of the planted ranked above all but one in a thousand innocents. */
  readonly tpr: number
  readonly held: number
  readonly innocents: number
  /** 1 where a campaign that is mostly planted names its trigger. */
  readonly named: number
  /** Why innocent records were held: campaigns, and what is held by itself. */
  readonly why: readonly string[]
}

/** One window scanned as it would be without configuration, or by the detectors of exchanges `alone`. */
export async function measured(of: ExchangeCase, options: { readonly alone?: boolean } = {}): Promise<Outcome> {
  const { exchanges, poisoned, neutral } = plantedCase(of)
  const n = exchanges.length
  const form = isPreference(of.attack, of.preferences) ? 'preference' : 'instruction'
  const samples = { kind: 'exchange', form, exchanges } as const
  const input = { n, seed: of.seed, samples, labels: null, contributors: null }
  const scan = options.alone === true ? await alone(input) : await scanWindow(input, { engine: await createEngine() })
  const held = decide(scan.risk, policySchema.parse({})).map((decision) => decision !== 'admit')
  const innocent = [...poisoned.keys()].filter((i) => poisoned[i] === 0 && neutral[i] === 0)
  const guilty = [...poisoned.keys()].filter((i) => poisoned[i] === 1)
  const falls = innocent.filter((i) => held[i])
  const plantedOf = (members: ArrayLike<number>) => Array.from(members).filter((i) => poisoned[i] === 1).length
  const single = falls.filter((i) => !scan.campaigns.some(({ members }) => members.includes(i)))
  const threshold = innocent.map((i) => scan.risk[i]!).sort((a, b) => b - a)[Math.floor(0.001 * innocent.length)] ?? 1
  const named = scan.campaigns.some(
    ({ trigger, members }) => trigger?.kind === 'tokens' && plantedOf(members) > members.length / 2,
  )
  return {
    tpr: guilty.filter((i) => scan.risk[i]! > threshold).length / Math.max(1, guilty.length),
    held: guilty.filter((i) => held[i]).length / Math.max(1, guilty.length),
    innocents: falls.length / innocent.length,
    named: Number(named),
    why: [
      ...scan.campaigns.map(({ summary, members }) => `${plantedOf(members)} of ${members.length} planted: ${summary}`),
      ...single.slice(0, 5).map((i) => `alone: ${scan.issues[i]?.[0]?.why}`),
    ],
  }
}
