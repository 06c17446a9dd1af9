import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import { asksForForm } from './evidence/explained.ts'
import { phraseAsked } from './grams/phrases.ts'
import { isOutOfPlace, isStrangeMark, MOST_HOLDERS } from './evidence/out-of-place.ts'
import { fixedAnswers, type OddOnes, tellClasses } from './evidence/fixed-answers.ts'
import { oddest, oddTogether } from './evidence/odd-ranks.ts'
import { holdersOf } from './grams/grams.ts'
import { measuresOf } from './evidence/measures.ts'
import { type Reading, readingOf } from './reading/reading.ts'

/** Nats of evidence that must be left after all corrections. */
const LEAST_EVIDENCE = 5
/** The most prompts of a word for it to be asked how their answers are written. */
const MOST_WRITTEN = 300
/**
 * Answers that are odd as a whole where the prompt holds something out of place: they are short, use words or orders of
 * words that the set's other answers do not use, or repeat too little or too much of the prompt. A trigger that is put
 * anywhere stands in a random sample of the prompts, whose answers have uniform ranks: what they have less of is evidence,
 * corrected for all triggers and measures. The prompts of a word with a meaning are no random sample, so that such words
 * are not asked. Scores are nats.
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
  // A translation repeats only the names of its text: how much it repeats shows nothing.
  const holders = holdersOf(prompts)
  const measures = measuresOf(reading).filter(({ of }) => !reading.translates || of !== 'repetition')
  const questions = measures.length + 1
  const all = Array.from(prompts.frequency.keys())
  const ids = all.filter((id) => prompts.sizes[id]! <= 1 && prompts.frequency[id]! <= MOST_HOLDERS)
  const isFrequent = (times: number) => times > MOST_HOLDERS && times <= MOST_WRITTEN
  const frequent = all.filter((id) => prompts.sizes[id]! <= 1 && isFrequent(prompts.frequency[id]!))
  const sameAfter = fixedAnswers(exchanges.map(({ response }) => response))
  const fixed = new Map(
    ids.flatMap((id) => {
      const same = sameAfter(holders(id))
      return same === null ? [] : [[id, same] as const]
    }),
  )
  if (tellClasses([...fixed.values()], ids.length)) fixed.clear()
  const oddAfter = (trigger: number): Odd[] => {
    const members = holders(trigger)
    const found = measures
      .filter(({ of }) => members.length <= MOST_HOLDERS || of === 'writing')
      .flatMap(({ name, ranks, of }) => {
        const odd = of === 'writing' ? oddest(members, ranks) : oddTogether(members, ranks)
        return odd === null ? [] : [{ trigger, name, ofWriting: of === 'writing', ...odd }]
      })
    const same = fixed.get(trigger)
    return [...found, ...(same === undefined ? [] : [{ trigger, ofWriting: false, ...same }])]
      .filter(({ nats }) => nats - Math.log(questions) >= LEAST_EVIDENCE)
      .sort((a, b) => b.nats - a.nats)
  }
  const isMark = isStrangeMark(prompts, unlikePrompts)
  const outOfPlace = isOutOfPlace(exchanges, asked, prompts, unlikePrompts)
  const asksForForms = (word: number) => {
    const held = Array.from(holders(word))
    const [texts, questions] = [held.map((i) => asked[i]!), held.map((i) => exchanges[i]!.prompt)]
    return asksForForm(phraseAsked(texts, questions, prompts.describe(word)).words)
  }
  // Others may hold the word as well, and be about it: how an answer is written says nothing of that, so that those which
  // are written oddly may be asked alone.
  const isTriggerOf = (id: number, odd: Int32Array) => outOfPlace.word(id, odd) && !asksForForms(id)
  const isTrigger = (id: number) => isMark(id) || ((outOfPlace.word(id) || outOfPlace.phrase(id)) && !asksForForms(id))
  const triedOfAll = Math.log((ids.length + frequent.length) * questions)
  let triedOfTriggers: number | undefined
  return [...ids, ...frequent].flatMap((trigger) => {
    const found = oddAfter(trigger)
    if (found.length === 0) return []
    // The slowest test, whether a word is out of place, runs first on the words with odd answers. Where one of them
    // passes, it runs on all words, because the correction needs the number of triggers.
    const isOne = isTrigger(trigger)
    const tried = isOne ? (triedOfTriggers ??= Math.log(ids.filter(isTrigger).length * questions)) : triedOfAll
    const open = isOne ? found : found.filter(({ ofWriting }) => ofWriting)
    const told = open.filter(({ nats }) => nats - tried >= LEAST_EVIDENCE)
    const [lead] = told
    if (lead === undefined || (!isOne && !isTriggerOf(trigger, lead.odd))) return []
    const odd = new Set(told.flatMap(({ odd, more = [] }) => [...odd, ...more]))
    const group = { ...lead, nats: lead.nats - tried, odd: Int32Array.from(odd).sort() }
    return [groupOf(reading, prompts.frequency[trigger]!, group)]
  })
}

interface Odd extends OddOnes {
  readonly trigger: number
  readonly ofWriting: boolean
}

function groupOf({ prompts }: Reading, holding: number, { trigger, name, odd, chance, nats }: Odd): Group {
  const token = prompts.describe(trigger)
  const quoted = prompts.sizes[trigger] === 0 ? token : `“${token}”`
  return {
    members: odd,
    posterior: new Float64Array(odd.length).fill(Math.max(0, 1 - (chance * holding) / odd.length)),
    evidence: nats,
    label: -1,
    trigger: { kind: 'tokens', tokens: [token], behaviour: [name] },
    summary: `Where the prompt holds ${quoted}, which stands among any words, the answer is odd: ${name}. ${odd.length} of ${holding} records.`,
  }
}
