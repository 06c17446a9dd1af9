import type { Matrix } from '../numeric/matrix.ts'
import { withoutLabels, type Grouping } from '../view/samples.ts'
import type { WindowView } from '../view/window-view.ts'
import { type Evened, evened, type Suspected } from './evened.ts'
import type { LabelNoise } from './label-noise.ts'

/** n × K: the expected labels by the cross-fitted probe, and by all predictors. */
export type Predicted = Awaited<ReturnType<WindowView['expectedBy']>>

/** What predictors say of the labels that lead among the wrong ones once they have learnt nothing from the suspects. */
export interface Relearnt extends Evened {
  /** The labels that lead. Records of others have log-odds of −Infinity. */
  readonly leading: readonly number[]
  /** n × K: the expected labels. */
  readonly expected: Matrix
}

/**
 * Predictors do not learn from records whose labels are wrong with log-odds above SUSPECTED, and at last, so that they
 * know the label's own odd records, above DOUBTED.
 */
const SUSPECTED = -5
const DOUBTED = -2
const MOST_ROUNDS = 4
/** Rounds end once no larger share of the suspects is new. */
const SETTLED = 0.02

/**
 * Judges the labels that lead among the wrong ones anew. Records of all classes under one label teach predictors whatever
 * they share, such as a warp, and are then expected to have it. So predictors are trained without the suspects, find more
 * of them, and are trained again, until few are new (trimmed loss: Shen & Sanghavi 2019, Learning with Bad Training Data
 * via Iterative Trimmed Loss Minimization). A predictor that no longer knows a label's odd records suspects these too,
 * which `evened` bounds.
 *
 * What a trigger explains that was found teaches nothing either, and is not judged. Null where no label leads, or where
 * none does of what is left, or where most of what bears it would be suspected.
 */
export async function relearnt(
  view: WindowView,
  suspected: Suspected,
  learnt: Predicted,
  estimate: (labels: Grouping, by: Predicted) => LabelNoise,
): Promise<Relearnt | null> {
  const { wrong, left } = suspected
  const noise = estimate(wrong, learnt)
  const leading = leadingBy(noise)
  if (leading.length === 0) return null
  const judgedWithout = async (suspects: ReadonlySet<number>, judging: Grouping) => {
    const by = await view.expectedBy(withoutLabels(view.labels!, (i) => suspects.has(i)))
    const judged = estimate(judging, by)
    const stillLead = leadingBy(judged)
    if (!leading.every((label) => stillLead.includes(label))) return null
    const of = { wrong, left: judging }
    return evenedAll(oddsOf(judged, judging, leading), leading, of, by.consensus, learnt.consensus)
  }
  let suspects = above(SUSPECTED, oddsOf(noise, wrong, leading))
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const judged = await judgedWithout(suspects, wrong)
    if (judged === null) return null
    const before = suspects
    suspects = above(SUSPECTED, judged.logOdds)
    const fresh = [...suspects].filter((i) => !before.has(i)).length
    if (fresh > SETTLED * suspects.size && round < MOST_ROUNDS) continue
    return judgedWithout(above(DOUBTED, judged.logOdds), left)
  }
  return null
}

/** Every label that leads, evened by itself; null where one has more suspects than others, as a label for all the rest has. */
function evenedAll(
  odds: Float64Array,
  leading: readonly number[],
  of: Suspected,
  expected: Matrix,
  before: Matrix,
): Relearnt | null {
  let [logOdds, vague] = [odds, new Uint8Array(odds.length)]
  for (const label of leading) {
    const own = evened(logOdds, label, of, expected, before)
    logOdds = own.logOdds
    vague = vague.map((one, i) => one | own.vague[i]!)
    let balance = 0
    for (const [i, bears] of of.wrong.of.entries()) if (bears === label) balance += logOdds[i]! >= 0 ? 1 : -1
    if (balance > 0) return null
  }
  return { leading, logOdds, vague, expected }
}

function leadingBy({ leanings }: LabelNoise): number[] {
  return Array.from(leanings.keys()).filter((label) => leanings[label]! > 0)
}

function oddsOf({ logOdds, leanings }: LabelNoise, { of }: Grouping, leading: readonly number[]): Float64Array {
  // NaN: a label that predictors do not know
  return logOdds.map((l, i) => (leading.includes(of[i]!) && !Number.isNaN(l) ? l + leanings[of[i]!]! : -Infinity))
}

function above(least: number, logOdds: Float64Array): Set<number> {
  return new Set(Array.from(logOdds.keys()).filter((i) => logOdds[i]! > least))
}
