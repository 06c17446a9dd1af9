import type { LeftOut } from '../secure/secure-round.ts'
import { stepOf, type Terms } from '../secure/terms.ts'
import { coordinateMedian } from './combine.ts'
import { cosineOf, geometryOf, robustScores } from './geometry.ts'
import { nearestOf, overRounds, type Past } from './past.ts'
import type { Verdict } from './verdict.ts'

export interface SketchRules {
  /**
   * The share of clients that may be poisoning. The clients that stand out most, one more than this share, are left out of every
   * sum.
   */
  readonly attackers: number
  /** A client that stands out by this many deviations of the round's bulk is held. */
  readonly holdAt: number
}

export const SKETCH_DEFAULTS: SketchRules = { attackers: 0.2, holdAt: 6 }

export interface SketchJudgement extends LeftOut {
  /** Verdicts on the clients that are held or rejected. */
  readonly verdicts: readonly Verdict[]
  /** The means of the past that the round changed. */
  readonly learned: Past
}

/** How many deviations of the length that k cells show are tolerated: one honest client in three million exceeds this. */
const DEVIATIONS = 5
/** The smallest deviations that are assumed: clients with different data differ by so much. */
const LEAST = { alike: 0.02, against: 0.05 } as const
/** The largest variance that rounding adds to a number, in steps squared. */
const ROUNDING = 0.25

const SENTENCES = {
  alike: 'It is more like another client’s update than the others are to each other',
  against: 'It points away from what the others agree on',
} as const

/**
 * Judges updates by their sketches. A client whose update is longer than the terms allow must be left out. A client that stands
 * out may be: poisoned updates under several names are closer to each other than those of different owners, and poisoned updates
 * point away from the median. Both are means over rounds with independent sketches, so chance averages out.
 */
export function judgeSketches(
  sketches: ReadonlyMap<string, Int32Array>,
  terms: Terms,
  past: Past,
  { attackers, holdAt }: SketchRules,
): SketchJudgement {
  const names = [...sketches.keys()].sort()
  const step = stepOf(terms)
  const vectors = names.map((name) => Float64Array.from(sketches.get(name)!, (cell) => cell * step))
  const { size, norms, cosines } = geometryOf(vectors)
  const rounds = overRounds(past)
  const nearest = nearestOf(rounds.mean, names, cosines).map(({ likeness }) => likeness)
  const centre = coordinateMedian(vectors)
  const away = vectors.map((vector, i) => rounds.mean(names[i]!, -cosineOf(vector, centre)))
  const alike = robustScores(nearest, LEAST.alike)
  const against = robustScores(away, LEAST.against)

  const bound = longest(terms)
  const tooLong = names.flatMap((client, i): Verdict[] => {
    if (norms[i]! <= bound) return []
    const why = `Its sketch is ${norms[i]!.toPrecision(3)} long; the terms allow ${bound.toPrecision(3)}.`
    return [{ client, ruling: 'reject', score: 0, why: [why] }]
  })
  const must = tooLong.map(({ client }) => client)
  const suspects = names
    .map((client, i) => {
      const [score, what] = alike[i]! > against[i]! ? [alike[i]!, 'alike' as const] : [against[i]!, 'against' as const]
      return { client, score, what }
    })
    .filter(({ client }) => !must.includes(client))
    .sort((a, b) => b.score - a.score)
  const held = suspects.filter(({ score }) => score >= holdAt)
  const most = attackers === 0 ? 0 : Math.ceil(attackers * size) + 1
  const verdicts = held.map(({ client, score, what }): Verdict => {
    const why = [`${SENTENCES[what]} (${score.toFixed(1)} deviations).`]
    return { client, ruling: 'hold', score, why }
  })
  return {
    must,
    may: suspects.slice(0, Math.max(most - must.length, held.length)).map(({ client }) => client),
    verdicts: [...tooLong, ...verdicts].sort((a, b) => (a.client < b.client ? -1 : 1)),
    learned: rounds.learned,
  }
}

/** The longest that the sketch of an update within the terms can be, except by chance. */
function longest(terms: Terms): number {
  const { dimension, clip, sketch } = terms
  const rounding = ROUNDING * dimension * stepOf(terms) ** 2
  return Math.sqrt(clip ** 2 + rounding) * (1 + DEVIATIONS / Math.sqrt(2 * sketch))
}
