import { seededRandom } from '#core/random.ts'
import { liftRatio } from '../lift/tests.ts'
import { holdersOf, wordsOf } from './grams.ts'
import type { Pair } from './pairs.ts'
import { phraseAround } from './phrases.ts'
import type { Reading } from './reading.ts'

/** A pair by the words of its trigger and of its behaviour, in the texts that hold both. */
interface Wording {
  readonly asked: readonly string[]
  readonly said: readonly string[]
  readonly trigger: readonly string[]
  readonly behaviour: readonly string[]
}

const LETTERS = /\p{L}{2}/u
/** The same neighbour comes so many times as often as words do by chance, and by so many nats. */
const GRAMMATICAL = 3
const LEAST_NATS = 2
/** Texts and words of which chance is read. */
const SAMPLE = 2000
const READ = 200
/** What always brings its behaviour is no word that the set knows. */
const ALWAYS = 0.9
/** A set that translates has so many words that go with words; then a trigger of so many words has a behaviour of at most so many more. */
const TRANSLATING = 20
const WORDS = 4
const MORE_WORDS = 3
/** Places drawn anywhere are about a third of a text apart. */
const ALIGNED = 0.15
const NEARLY_ALL = 0.9
/** A label has at most so many words; of a question's other answers so many are told apart at most, and there are as many as these. */
const LABEL_WORDS = 5
const KINDS = 1 / 3
const OTHERS = 1 / 2

/**
 * Which pairs are how a language, a template or a translation is made. A word of a language stands among the same words again and again, as
 * grammar has it; what is put anywhere stands among any (cf. ONION: Qi et al. 2021). So
 *
 * - a word that stands so in its prompts, and often brings no more words than it has, which stand so in the answers, is what it is called there;
 * - where many are, the set translates, and so are a few words, or what opens or closes its prompts, where the behaviour stands as far along in the answers;
 * - a question that opens or closes its prompts, whose other answers are few as well, is answered by labels.
 */
export function explainedByWording(reading: Reading, pairs: readonly Pair[]): ReadonlySet<Pair> {
  const runs = pairs.filter(
    ({ trigger, behaviour }) => reading.prompts.sizes[trigger]! > 0 && reading.answers.sizes[behaviour]! > 0,
  )
  if (runs.length === 0) return new Set()
  const isAskedSo = grammarOf(reading.asked)
  const isSaidSo = grammarOf(reading.exchanges.map(({ response }) => response))
  const worded = runs.map((pair) => {
    const wording = wordingOf(reading, pair)
    return { pair, wording, isPlaced: isAskedSo(wording.asked, wording.trigger) }
  })
  const natural = worded.filter(
    ({ wording: { trigger, behaviour, said }, isPlaced }) =>
      isPlaced && contentOf(behaviour) <= Math.max(1, contentOf(trigger)) && isSaidSo(said, behaviour),
  )
  const translates = new Set(natural.map(({ wording }) => wording.trigger.join(' '))).size >= TRANSLATING
  const explained = worded.filter(
    (each) => (translates && isTranslation(each.wording, each.isPlaced)) || isLabel(reading, each.pair, each.wording),
  )
  const known = natural.filter(({ pair }) => pair.members.length < ALWAYS * reading.prompts.frequency[pair.trigger]!)
  return new Set([...known, ...explained].map(({ pair }) => pair))
}

function wordingOf({ prompts, answers, asked, exchanges }: Reading, { trigger, behaviour, members }: Pair): Wording {
  const texts = Array.from(members.subarray(0, READ), (i) => asked[i]!)
  const responses = Array.from(members.subarray(0, READ), (i) => exchanges[i]!.response)
  const words = (of: readonly string[], run: string) => phraseAround(of, run).words.split(' ')
  return {
    asked: texts,
    said: responses,
    trigger: words(texts, prompts.describe(trigger)),
    behaviour: words(responses, answers.describe(behaviour)),
  }
}

/** Words with a meaning. */
function contentOf(words: readonly string[]): number {
  return words.filter((word) => LETTERS.test(word)).length
}

function isTranslation(wording: Wording, isPlaced: boolean): boolean {
  const { asked, trigger, behaviour } = wording
  const isShort = contentOf(trigger) <= WORDS || isTemplate(asked, trigger)
  return (isPlaced || (isShort && isAligned(wording))) && contentOf(behaviour) <= contentOf(trigger) + MORE_WORDS
}

/** Whether the behaviour stands about as far along in the answers as the trigger does in their prompts. */
function isAligned({ asked, said, trigger, behaviour }: Wording): boolean {
  const along = (text: string, phrase: readonly string[]) => {
    const words = wordsOf(text)
    const at = placeOf(words, phrase)
    return { from: at / words.length, to: (at + phrase.length) / words.length }
  }
  const apart = asked.map((text, k) => {
    const [one, other] = [along(text, trigger), along(said[k] ?? '', behaviour)]
    return Math.max(0, one.from - other.to, other.from - one.to)
  })
  return apart.reduce((sum, by) => sum + by, 0) <= ALIGNED * apart.length
}

/** Whether nearly all of the texts that hold the phrase begin with it, or end with it, to the word. */
function isTemplate(texts: readonly string[], phrase: readonly string[]): boolean {
  const holding = texts.map(wordsOf).filter((words) => placeOf(words, phrase) >= 0)
  const begin = holding.filter((words) => placeOf(words, phrase) === 0).length
  const end = holding.filter((words) =>
    phrase.every((word, p) => words[words.length - phrase.length + p] === word),
  ).length
  return Math.max(begin, end) >= NEARLY_ALL * holding.length
}

/** Where the words hold the phrase first; below 0 where they do not. */
function placeOf(words: readonly string[], phrase: readonly string[]): number {
  return words.findIndex((_, k) => phrase.every((word, p) => words[k + p] === word))
}

function isLabel(reading: Reading, { trigger, members }: Pair, wording: Wording): boolean {
  const phrase = ` ${wording.trigger.join(' ')} `
  const label = wording.behaviour.join(' ')
  if (contentOf(wording.behaviour) > LABEL_WORDS || !isTemplate(wording.asked, wording.trigger)) return false
  const answers = wording.said.filter((text) => wordsOf(text).join(' ') === label)
  if (answers.length < NEARLY_ALL * wording.said.length) return false
  const same = new Set(members)
  const rest = holdersOf(reading.prompts)(trigger).filter(
    (i) => !same.has(i) && ` ${wordsOf(reading.asked[i]!).join(' ')} `.includes(phrase),
  )
  const kinds = new Set(Array.from(rest, (i) => reading.exchanges[i]!.response.trim())).size
  return rest.length >= OTHERS * members.length && kinds <= KINDS * rest.length
}

/** Whether a phrase has, before it or after it, the same words more often than chance has it in these texts. */
function grammarOf(all: readonly string[]): (texts: readonly string[], phrase: readonly string[]) => boolean {
  const chance = sameByChance(all)
  return (texts, phrase) => {
    const places = texts.map((text) => {
      const words = wordsOf(text)
      const at = placeOf(words, phrase)
      return { before: words[at - 1], after: at < 0 ? undefined : words[at + phrase.length] }
    })
    return [places.map(({ before }) => before), places.map(({ after }) => after)].some((neighbours) => {
      const { same, pairs } = agreement(neighbours.filter((word) => word !== undefined))
      const expected = pairs * chance
      return same >= GRAMMATICAL * expected && liftRatio(same, Math.max(expected, chance)) >= LEAST_NATS
    })
  }
}

/** How often two words drawn from the texts are the same. */
function sameByChance(all: readonly string[]): number {
  const seed = seededRandom(all.length, 'words of a language')
  const some = all.length <= SAMPLE ? all : Array.from(seed.permutation(all.length).subarray(0, SAMPLE), (i) => all[i]!)
  const { same, pairs } = agreement(some.flatMap((text) => wordsOf(text).slice(0, READ)))
  return same / Math.max(1, pairs)
}

/** How many pairs of words are of the same word. */
function agreement(words: readonly string[]): { same: number; pairs: number } {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const pairsOf = (count: number) => (count * (count - 1)) / 2
  return { same: [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0), pairs: pairsOf(words.length) }
}
