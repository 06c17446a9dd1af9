import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import { asksForForm } from './explained.ts'
import { phraseAround } from './phrases.ts'
import { isOutOfPlace, isStrangeMark, MOST_HOLDERS } from './out-of-place.ts'
import { holdersOf } from './grams.ts'
import { measuresOf, OF_WHAT_IS_ASKED } from './measures.ts'
import { type Reading, readingOf, SMALLEST } from './reading.ts'

/** What must be left of the evidence after all corrections, in nats. */
const LEAST_EVIDENCE = 5
/** An answer within this share of all is odd; of those with the trigger such a share must be. */
const ODD = 0.1
const MOSTLY = 0.6
/** One answer says no more than this, in nats: a few extreme ones do not speak for all. */
const MOST_SAID = 5

/**
 * Answers that are odd as a whole where the prompt holds something out of place: short, in other words than the set's or in no order, or off what is
 * asked. What is put anywhere stands in a random sample of the prompts, whose answers' ranks are uniform: their sum is held against
 * Fisher's (1925, Statistical Methods for Research Workers), corrected for all triggers and measures. Words that mean something are no such sample, and
 * are left alone. Scores are nats.
 */
export class OddAnswers implements Detector {
  readonly info: DetectorInfo = { name: 'odd-answers', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const reading = readingOf(view)
    const groups = reading === null ? [] : groupsOf(reading)
    const { scores, best } = strongestGroup(view.n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? '' }
  }
}

function groupsOf(reading: Reading): Group[] {
  const { exchanges, asked, prompts, unlikePrompts } = reading
  // What a translation takes up are names.
  const holders = holdersOf(prompts)
  const measures = measuresOf(reading).filter(({ name }) => !reading.translates || !OF_WHAT_IS_ASKED.has(name))
  const oddAfter = (trigger: number): Odd[] => {
    const members = holders(trigger)
    const found = measures.flatMap(({ name, ranks: all }) => {
      const odd = members.filter((i) => all[i]! <= ODD)
      if (odd.length < Math.max(SMALLEST, MOSTLY * members.length)) return []
      const said = members.reduce((sum, i) => sum + Math.min(MOST_SAID, -Math.log(all[i]!)), 0)
      return [{ trigger, name, odd, nats: -logTailOfGamma(members.length, said) }]
    })
    const [strongest] = found.sort((a, b) => b.nats - a.nats)
    return strongest === undefined || strongest.nats - Math.log(measures.length) < LEAST_EVIDENCE ? [] : [strongest]
  }
  const isMark = isStrangeMark(prompts, unlikePrompts)
  const outOfPlace = isOutOfPlace(exchanges, asked, prompts, unlikePrompts)
  const asksForForms = (word: number) => {
    const texts = Array.from(holders(word), (i) => asked[i]!)
    return asksForForm(phraseAround(texts, prompts.describe(word)).words)
  }
  const isTrigger = (id: number) => isMark(id) || ((outOfPlace.word(id) || outOfPlace.phrase(id)) && !asksForForms(id))
  // Hardly any word is out of place, and to find that out takes longest: it is asked of what has odd answers, and of all where one of them is.
  const ids = Array.from({ length: prompts.count }, (_, id) => id).filter(
    (id) => prompts.sizes[id]! <= 1 && prompts.frequency[id]! <= MOST_HOLDERS,
  )
  const found = ids.flatMap(oddAfter).filter(({ trigger }) => isTrigger(trigger))
  if (found.length === 0) return []
  const tried = Math.log(ids.filter(isTrigger).length * measures.length)
  return found
    .filter(({ nats }) => nats - tried >= LEAST_EVIDENCE)
    .map(({ trigger, name, odd, nats }) =>
      groupOf(reading, trigger, prompts.frequency[trigger]!, { name, odd, evidence: nats - tried }),
    )
}

interface Odd {
  readonly trigger: number
  /** The measure that shows it best. */
  readonly name: string
  readonly odd: Int32Array
  /** The evidence before all corrections. */
  readonly nats: number
}

/** Logarithm of how likely the sum of so many exponential variates is to reach so much: of a Poisson variate to stay below. */
function logTailOfGamma(count: number, least: number): number {
  let [term, sum] = [1, 1]
  for (let k = 1; k < count; k++) {
    term *= least / k
    sum += term
  }
  return Math.log(sum) - least
}

function groupOf(
  { prompts }: Reading,
  trigger: number,
  holding: number,
  { name, odd, evidence }: { name: string; odd: Int32Array; evidence: number },
): Group {
  const token = prompts.describe(trigger)
  const quoted = prompts.sizes[trigger] === 0 ? token : `“${token}”`
  return {
    members: odd,
    posterior: new Float64Array(odd.length).fill(1 - (ODD * holding) / odd.length),
    evidence,
    label: -1,
    trigger: { kind: 'tokens', tokens: [token], behaviour: [name] },
    summary: `Where the prompt holds ${quoted}, which stands among any words, the answer is odd: ${name}. ${odd.length} of ${holding} records.`,
  }
}
