import type { Matrix } from '../numeric/matrix.ts'
import { withoutLabels, type Grouping } from '../view/samples.ts'
import type { WindowView } from '../view/window-view.ts'
import { type Evened, evened, type Suspected } from './evened.ts'
import type { LabelNoise } from './label-noise.ts'

/** n × K: the expected labels by the cross-fitted probe, and by all predictors. */
export type Predicted = Awaited<ReturnType<WindowView['expectedBy']>>

/** What predictors say of a label that leads among the wrong ones, or that was pointed at, once they have learnt nothing from the suspects. */
export interface Relearnt extends Evened {
  /** That label. Records of others have log-odds of −Infinity. */
  readonly label: number
  /** n × K: the expected labels. */
  readonly expected: Matrix
}

/** A label that another channel's finding points at, and records of it that may be wrong. */
export interface Pointed {
  readonly label: number
  readonly members: ReadonlySet<number>
}

/**
 * Predictors do not learn from records whose labels are wrong with log-odds above SUSPECTED, and at last, so that they
 * know the label's own odd records, above DOUBTED.
 */
const SUSPECTED = -5
const DOUBTED = -2
const MOST_ROUNDS = 8
/** Rounds end once no larger share of the suspects is new. */
const SETTLED = 0.02

/**
 * Judges the label that leads among the wrong ones anew. Records of all classes under one label teach predictors whatever
 * they share, such as a warp, and are then expected to have it. So predictors are trained without the suspects, find more
 * of them, and are trained again, until few are new (trimmed loss: Shen & Sanghavi 2019, Learning with Bad Training Data
 * via Iterative Trimmed Loss Minimization). A predictor that no longer knows a label's odd records suspects these too,
 * which `evened` bounds.
 *
 * Predictors that have learnt a frequent warp whole suspect nobody, and no label leads. There one that another finding
 * has `pointed` at is tried: its suspects are the finding's records at first, and it has to lead once these are forgotten.
 *
 * `learnt` is what predictors said that learnt from all, and the noise of the labels that may be wrong by it. What a trigger
 * explains that was found is suspected like the rest, and not judged. Null where no label leads or is pointed at, or several lead, as labels
 * that are hard to tell by nature; where it leads no longer in what is left; and where most of what bears it would be
 * suspected, as of a label for all the rest.
 */
export async function relearnt(
  view: WindowView,
  suspected: Suspected,
  learnt: Predicted & { readonly noise: LabelNoise },
  estimate: (labels: Grouping, by: Predicted) => LabelNoise,
  pointed: Pointed | null = null,
): Promise<Relearnt | null> {
  const { wrong, left } = suspected
  const { noise } = learnt
  const [leads, another] = leadingBy(noise)
  const hint = leads === undefined && noise.mayLead ? pointed : null
  const label = leads ?? hint?.label
  if (label === undefined || another !== undefined) return null
  const judgedWithout = async (suspects: ReadonlySet<number>, judging: Grouping) => {
    const by = await view.expectedBy(withoutLabels(view.labels!, (i) => suspects.has(i)))
    const judged = estimate(judging, by)
    if (!leadingBy(judged).includes(label)) return null
    const odds = oddsOf(judged, judging, label)
    const found = evened(odds, label, { wrong, left: judging }, by.consensus, learnt.consensus)
    return areMost(found.logOdds, label, wrong) ? null : { ...found, label, expected: by.consensus }
  }
  let suspects = new Set([...above(SUSPECTED, oddsOf(noise, wrong, label)), ...(hint?.members ?? [])])
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

function leadingBy({ leanings }: LabelNoise): number[] {
  return Array.from(leanings.keys()).filter((label) => leanings[label]! > 0)
}

function oddsOf({ logOdds, leanings }: LabelNoise, { of }: Grouping, label: number): Float64Array {
  // NaN: a label that predictors do not know
  return logOdds.map((l, i) => (of[i] === label && !Number.isNaN(l) ? l + leanings[label]! : -Infinity))
}

function above(least: number, logOdds: Float64Array): Set<number> {
  return new Set(Array.from(logOdds.keys()).filter((i) => logOdds[i]! > least))
}

/** Whether more than half of a label's records are suspects. */
function areMost(logOdds: Float64Array, label: number, { of }: Grouping): boolean {
  let balance = 0
  for (const [i, own] of of.entries()) if (own === label) balance += logOdds[i]! >= 0 ? 1 : -1
  return balance > 0
}
