import { policySchema } from '#core/decision.ts'
import type { Campaign, ScanResult } from '#core/score.ts'
import type { PoisonedWindow } from '#attacks/types.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { type CleanHistory, EMPTY_HISTORY, updateHistory } from '#services/scan/calibrate/history.ts'
import { plantedWindow, scanInputOf, windowOf, type Case } from './cases.ts'
import { heldShares, rank } from './metrics.ts'

/** What one scan of one planted window came to. Shares are 0…1, NaN where there is nothing to count. */
export interface Row extends Case {
  readonly auroc: number
  readonly tprAt1: number
  /** Of the poison, held at the default policy. */
  readonly poisonHeld: number
  /** Of the innocents. */
  readonly innocentsHeld: number
  /** Whether the campaigns that are mostly poison hold most of it together, and one of them shows a trigger. */
  readonly campaign: 'none' | 'found' | 'named'
  readonly seconds: number
  /** Per family: share of the poison, and of the innocents, that it speaks against with a score of .5 or more. */
  readonly families: Readonly<Record<string, readonly [poison: number, innocents: number]>>
  readonly notes: readonly string[]
}

/** Scans the case's window with the product's defaults, after as many clean windows as the case says. */
export async function evaluate(one: Case): Promise<Row> {
  const window = plantedWindow(one)
  const input = scanInputOf(window, one.seed)
  const history = await historyOf(one)
  const started = performance.now()
  const result = await scanWindow(input, { history })
  const seconds = (performance.now() - started) / 1000
  const held = decide(result.risk, policySchema.parse({})).map((decision) => decision !== 'admit')
  const shares = heldShares(held, window)
  return {
    ...one,
    n: input.n,
    ...rank(result.risk, window),
    poisonHeld: shares.poison,
    innocentsHeld: shares.innocents,
    campaign: campaignOf(result.campaigns, window),
    seconds,
    families: familiesOf(result, window),
    notes: result.notes,
  }
}

const histories = new Map<string, Promise<CleanHistory>>()

/** What the clean windows before the case's taught, scanned once a dataset, size and seed. */
function historyOf({ dataset, n, seed, history = 0 }: Case): Promise<CleanHistory> {
  const key = [dataset, n, seed, history].join()
  const known = histories.get(key)
  if (known !== undefined) return known
  const learnt = (async () => {
    let gathered = EMPTY_HISTORY
    for (let window = 1; window <= history; window++) {
      const input = scanInputOf(windowOf(dataset, n, seed, window), seed)
      gathered = updateHistory(gathered, await scanWindow(input, { history: gathered }))
    }
    return gathered
  })()
  histories.set(key, learnt)
  return learnt
}

function campaignOf(campaigns: readonly Campaign[], { poisoned, neutral }: PoisonedWindow): Row['campaign'] {
  const planted = poisoned.reduce((sum, bit) => sum + bit, 0)
  const right = campaigns.filter(({ members }) => {
    const hits = members.filter((i) => poisoned[i] === 1).length
    return hits > 0 && hits >= members.filter((i) => neutral[i] !== 1).length / 2
  })
  const covered = new Set(right.flatMap(({ members }) => members.filter((i) => poisoned[i] === 1)))
  if (right.length === 0 || covered.size < planted / 2) return 'none'
  return right.some(({ trigger }) => trigger !== undefined) ? 'named' : 'found'
}

function familiesOf(result: ScanResult, window: PoisonedWindow): Row['families'] {
  const names = new Set(result.detectors.map(({ family }) => family))
  const spoken = [...names].map((name) => {
    const held = result.issues.map((issues) => issues.some(({ family, score }) => family === name && score >= 0.5))
    const { poison, innocents } = heldShares(held, window)
    return [name, [poison, innocents]] as const
  })
  return Object.fromEntries(spoken.filter(([, [poison, innocents]]) => poison > 0 || innocents > 0))
}
