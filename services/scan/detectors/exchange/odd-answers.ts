import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import { asksForForm } from './explained.ts'
import { phraseAround } from './phrases.ts'
import { outOfPlace, strangeMarks } from './out-of-place.ts'
import { holdersOf } from './grams.ts'
import { measuresOf } from './measures.ts'
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
  const marks = strangeMarks(prompts, unlikePrompts)
  const holders = holdersOf(prompts)
  const asksForNone = (word: number) => {
    const texts = Array.from(holders(word), (i) => asked[i]!)
    return !asksForForm(phraseAround(texts, prompts.describe(word)).words)
  }
  const words = outOfPlace(exchanges, asked, prompts, unlikePrompts).filter(asksForNone)
  const triggers = [...marks, ...words]
  if (triggers.length === 0) return []
  const measures = measuresOf(exchanges, asked)
  const tried = Math.log(triggers.length * measures.length)
  return triggers.flatMap((trigger) => {
    const members = holders(trigger)
    const found = measures.flatMap(({ name, ranks: all }) => {
      const ranks = Float64Array.from(members, (i) => all[i]!)
      const odd = members.filter((_, k) => ranks[k]! <= ODD)
      if (odd.length < Math.max(SMALLEST, MOSTLY * members.length)) return []
      const said = ranks.reduce((sum, rank) => sum + Math.min(MOST_SAID, -Math.log(rank)), 0)
      const evidence = -logTailOfGamma(members.length, said) - tried
      return evidence < LEAST_EVIDENCE ? [] : [{ name, odd, evidence }]
    })
    const [strongest] = found.sort((a, b) => b.evidence - a.evidence)
    return strongest === undefined ? [] : [groupOf(reading, trigger, members.length, strongest)]
  })
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
