import { AppError, isAppError } from '#core/errors.ts'
import { weightedTrimmedMean } from './combine.ts'
import { geometryOf, medianOf } from './geometry.ts'
import { pastOf, type History } from './history.ts'
import { scoreUpdates, SIGNS, type Scores, type Sign } from './statistics.ts'
import type { Verdict } from './verdict.ts'
import { checkUpdate, type CheckedUpdate, type OpenUpdate, type UpdateRules } from './update.ts'

export interface JudgeRules extends UpdateRules {
  /** Updates longer than so many median norms are shortened to that. */
  readonly clipAt: number
  /** The share of clients that may be poisoning: as many are trimmed at each end of every number, and Krum allows for them. */
  readonly attackers: number
  /** One suspicion of so many deviations holds an update. */
  readonly holdAt: number
  /** The sum of what two or more suspicions exceed `doubtFrom` by holds it as well, from `holdAt` − `doubtFrom` on. */
  readonly doubtFrom: number
}

export const JUDGE_DEFAULTS = { clipAt: 1.5, attackers: 0.2, holdAt: 6, doubtFrom: 3, mostNorm: 1e6 } as const

/** Fewer updates have no bulk to stand out from. */
const FEWEST = 5

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  /** What the round comes to: the trimmed mean of what counts, in double precision. */
  readonly mean: Float64Array
  /** What counts, unshortened, for the history. */
  readonly accepted: readonly CheckedUpdate[]
}

/** What an update adds to the loss on the aggregator's own examples. */
export type RootLoss = (update: Float64Array) => number

/**
 * Judges the updates of one round, against each other and against what their clients did before. Throws `conflict` (`too_few`) where fewer than
 * five can be compared: nothing is accepted unseen.
 */
export function judgeUpdates(
  updates: readonly OpenUpdate[],
  rules: JudgeRules,
  { rootLoss, history }: { readonly rootLoss?: RootLoss | undefined; readonly history?: History | undefined } = {},
): Judgement {
  const verdicts: Verdict[] = []
  const checked: CheckedUpdate[] = []
  for (const update of updates) {
    try {
      checked.push(checkUpdate(update, rules))
    } catch (error) {
      if (!isAppError(error)) throw error
      verdicts.push({ client: update.client, ruling: 'reject', score: 0, why: [`${error.message}.`] })
    }
  }
  if (checked.length < FEWEST) {
    const message = `${checked.length} updates can be compared: ${FEWEST} are needed`
    throw new AppError('conflict', message, { reason: 'too_few' })
  }
  const bound = rules.clipAt * medianOf(checked.map(({ norm }) => norm))
  const shortened = checked.map(({ values, norm }) =>
    norm > bound ? values.map((value) => (value * bound) / norm) : values,
  )
  const vectors = checked.map(({ values }) => values)
  const scores = scoreUpdates({
    vectors,
    geometry: geometryOf(vectors),
    attackers: Math.floor(rules.attackers * vectors.length),
    lossAdded: rootLoss === undefined ? undefined : shortened.map(rootLoss),
    past: history === undefined ? undefined : pastOf(history, checked),
  })
  const counting: number[] = []
  for (const [i, { client, norm }] of checked.entries()) {
    const verdict = rule(client, scores, i, rules)
    const clipped = norm > bound && verdict.ruling === 'accept'
    const why = [`Its norm was ${norm.toPrecision(3)}; the round's bound is ${bound.toPrecision(3)}.`]
    verdicts.push(clipped ? { ...verdict, ruling: 'clip', why } : verdict)
    if (verdict.ruling !== 'hold') counting.push(i)
  }
  if (counting.length < FEWEST) {
    const message = `${counting.length} of ${updates.length} updates are left after judging: ${FEWEST} are needed`
    throw new AppError('conflict', message, { reason: 'too_few' })
  }
  return {
    verdicts: verdicts.sort((a, b) => (a.client < b.client ? -1 : 1)),
    mean: weightedTrimmedMean(
      counting.map((i) => shortened[i]!),
      counting.map((i) => checked[i]!.counted),
      rules.attackers,
    ),
    accepted: counting.map((i) => checked[i]!),
  }
}

const SENTENCES: Readonly<Record<Sign, string>> = {
  length: 'It is far longer than the other updates',
  direction: 'It points away from what the others agree on',
  copy: 'It is all but a copy of another client’s update',
  alone: 'It changes what hardly anybody else changes, as a hidden trigger does',
  signs: 'Its numbers rise and fall in other proportions than those of the others',
  distance: 'It lies far from all the others',
  loss: 'The model answers worse with it on the aggregator’s own examples',
  sybil: 'Round after round it pulls the same way as another client',
}

function rule(client: string, scores: Scores, i: number, { holdAt, doubtFrom }: JudgeRules): Verdict {
  const signs = SIGNS.map((sign) => ({ sign, score: scores[sign][i]! }))
    .filter(({ score }) => score >= doubtFrom)
    .sort((a, b) => b.score - a.score)
  const score = SIGNS.reduce((largest, sign) => Math.max(largest, scores[sign][i]!), 0)
  const doubt = signs.reduce((sum, { score }) => sum + score - doubtFrom, 0)
  const holds = signs.some(({ score }) => score >= holdAt) || (signs.length > 1 && doubt >= holdAt - doubtFrom)
  if (!holds) return { client, ruling: 'accept', score, why: [] }
  const why = signs.map(({ sign, score }) => `${SENTENCES[sign]} (${score.toFixed(1)} deviations).`)
  return { client, ruling: 'hold', score, why }
}
