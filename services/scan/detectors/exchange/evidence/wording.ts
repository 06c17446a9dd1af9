import { seededRandom } from '#core/random.ts'
import { logTailOfBinomial } from '../../../numeric/binomial.ts'
import { liftRatio } from '../../lift/evidence/tests.ts'
import { holdersOf, holdsRun, wordsOf } from '../grams/grams.ts'
import type { Pair } from '../grams/pairs.ts'
import { phraseAround } from '../grams/phrases.ts'
import type { Reading } from '../reading/reading.ts'

/** A pair by the words of its trigger and of its behaviour, in the texts that hold both. */
interface Wording {
  readonly asked: readonly string[]
  readonly said: readonly string[]
  readonly trigger: readonly string[]
  readonly behaviour: readonly string[]
}

const LETTERS = /\p{L}{2}/u
/**
 * Grammar repeats a phrase's neighbour at least so many times as often as chance, and with so many nats of evidence.
 */
const GRAMMATICAL = 3
const LEAST_NATS = 3
/** Texts from which chance is measured. */
const SAMPLE = 2000
/** Words of each such text that are read, and texts of a pair that are read. */
const READ = 200
/** A trigger that brings its behaviour in this share of its prompts or more is no natural word of the set. */
const ALWAYS = 0.9
/** A set translates when so many triggers have a natural counterpart in the answers. */
const TRANSLATING = 20
/** Words of a short trigger in a set that translates, and words that its translation has more at most. */
const WORDS = 4
const MORE_WORDS = 3
/**
 * A trigger that brings its behaviour in at most this share of its prompts is translated in another way in the others.
 */
const SOMETIMES = 0.6
/** The same where the prompts' own words show that the set translates. */
const SOMETIMES_SEEN = 0.85
/** Words that such a behaviour has at most beyond the words of its trigger. */
const MORE_SOMETIMES = 1
/** Words that the explanation of a name has at most beyond the name, where it stands as far along as the name. */
const MORE_OF_A_NAME = 8
/**
 * Mean distance, as a share of the text, at which two phrases stand equally far along; random places are a third apart.
 */
const ALIGNED = 0.15
/** The same where a quarter of the words have a counterpart: languages put their words in other places. */
const ALIGNED_IN_TRANSLATIONS = 0.2
/** Share of the texts that begin, or end, with a template's phrase. */
const NEARLY_ALL = 0.9
/** Words of a label at most. */
const LABEL_WORDS = 5
/** Share of a question's other answers that may differ from one another. */
const KINDS = 1 / 3
/** Other answers that a question must have, per record of the pair. */
const OTHERS = 1 / 2

/**
 * Returns the pairs that a language, a template or a translation explains. A word of a language stands beside the same
 * words again and again, because of grammar; an inserted trigger stands beside any words (cf. ONION: Qi et al. 2021).
 * Explained are:
 *
 * - a word with grammar whose behaviour has no more words and has grammar in the answers, unless nearly all of the word's
 *   prompts bring it: the behaviour is the natural counterpart of the word;
 * - in a set that translates (by its contract, by `areTranslations`, or because it has many natural counterparts): a
 *   trigger with grammar and
 *   its behaviour; a short trigger, or one that opens or closes its prompts, whose behaviour stands as far along in the
 *   answers; a name that is explained where it stands; and a word that other prompts translate in another way;
 * - a question that opens or closes its prompts and whose answers are, or end with, one of a few labels.
 */
export function explainedByWording(
  reading: Reading,
  pairs: readonly Pair[],
  areTranslations = false,
): ReadonlySet<Pair> {
  const runs = pairs.filter(
    ({ trigger, behaviour }) => reading.prompts.sizes[trigger]! > 0 && reading.answers.sizes[behaviour]! > 0,
  )
  if (runs.length === 0) return new Set()
  const isAskedSo = grammarOf(reading.asked)
  const isSaidSo = grammarOf(reading.said.flat())
  const worded = runs.map((pair) => {
    const wording = wordingOf(reading, pair)
    return { pair, wording, isPlaced: isAskedSo(wording.asked, wording.trigger) }
  })
  const natural = worded.filter(
    ({ wording: { trigger, behaviour, said }, isPlaced }) =>
      isPlaced && contentOf(behaviour) <= Math.max(1, contentOf(trigger)) && isSaidSo(said, behaviour),
  )
  const called = new Set(natural.map(({ wording }) => wording.trigger.join(' '))).size
  const translates = reading.translates || areTranslations || called >= TRANSLATING
  const when = areTranslations
    ? { aligned: ALIGNED_IN_TRANSLATIONS, sometimes: SOMETIMES_SEEN }
    : { aligned: ALIGNED, sometimes: SOMETIMES }
  const shareOf = ({ trigger, members }: Pair) => members.length / reading.prompts.frequency[trigger]!
  const explained = worded.filter(
    (each) =>
      (translates && isTranslation(each.wording, each.isPlaced, shareOf(each.pair), when)) ||
      isLabel(reading, each.pair, each.wording),
  )
  const known = natural.filter(({ pair }) => shareOf(pair) < ALWAYS)
  return new Set([...known, ...explained].map(({ pair }) => pair))
}

function wordingOf({ prompts, answers, asked, saying }: Reading, { trigger, behaviour, members }: Pair): Wording {
  const texts = Array.from(members.subarray(0, READ), (i) => asked[i]!)
  const responses = saying(members.subarray(0, READ), answers.describe(behaviour))
  const words = (of: readonly string[], run: string) => phraseAround(of, run).words.split(' ')
  return {
    asked: texts,
    said: responses,
    trigger: words(texts, prompts.describe(trigger)),
    behaviour: words(responses, answers.describe(behaviour)),
  }
}

/** How many different words of at least two letters there are. */
function contentOf(words: readonly string[]): number {
  return new Set(words.filter((word) => LETTERS.test(word))).size
}

function isTranslation(
  wording: Wording,
  isPlaced: boolean,
  share: number,
  { aligned, sometimes }: { readonly aligned: number; readonly sometimes: number },
): boolean {
  const { asked, trigger, behaviour } = wording
  const isShort = contentOf(trigger) <= WORDS || isTemplate(asked, trigger)
  const more = contentOf(behaviour) - contentOf(trigger)
  if (share <= sometimes && more <= MORE_SOMETIMES) return true
  if (isPlaced && more <= MORE_OF_A_NAME && isAligned(wording, aligned)) return true
  return (isPlaced || (isShort && isAligned(wording, aligned))) && more <= MORE_WORDS
}

/** Whether the behaviour stands about as far along in its answer as the trigger in its prompt, on average. */
function isAligned({ asked, said, trigger, behaviour }: Wording, aligned: number): boolean {
  const along = (text: string, phrase: readonly string[]) => {
    const words = wordsOf(text)
    const at = placeOf(words, phrase)
    return { from: at / words.length, to: (at + phrase.length) / words.length }
  }
  const apart = asked.map((text, k) => {
    const [one, other] = [along(text, trigger), along(said[k] ?? '', behaviour)]
    return Math.max(0, one.from - other.to, other.from - one.to)
  })
  return apart.reduce((sum, by) => sum + by, 0) <= aligned * apart.length
}

/** Whether nearly all of the texts that hold the phrase begin exactly with it, or end exactly with it. */
function isTemplate(texts: readonly string[], phrase: readonly string[]): boolean {
  const holding = texts.map(wordsOf).filter((words) => placeOf(words, phrase) >= 0)
  const begin = holding.filter((words) => placeOf(words, phrase) === 0).length
  const end = holding.filter((words) =>
    phrase.every((word, p) => words[words.length - phrase.length + p] === word),
  ).length
  return Math.max(begin, end) >= NEARLY_ALL * holding.length
}

function spread<T>(of: readonly T[], most: number): T[] {
  return of.length <= most ? [...of] : Array.from({ length: most }, (_, k) => of[Math.floor((k * of.length) / most)]!)
}

/** The index at which the words first hold the phrase; −1 where they do not. */
function placeOf(words: readonly string[], phrase: readonly string[]): number {
  return words.findIndex((_, k) => phrase.every((word, p) => words[k + p] === word))
}

function isLabel(reading: Reading, { trigger, members }: Pair, wording: Wording): boolean {
  const phrase = wording.trigger.join(' ')
  const label = wording.behaviour.join(' ')
  if (contentOf(wording.behaviour) > LABEL_WORDS || !isTemplate(wording.asked, wording.trigger)) return false
  const answers = wording.said.map((text) => wordsOf(text).join(' '))
  const same = new Set(members)
  const rest = holdersOf(reading.prompts)(trigger).filter((i) => !same.has(i) && holdsRun(reading.asked[i]!, phrase))
  const others = Array.from(rest, (i) => reading.exchanges[i]!.response.trim())
  const areFew = (kinds: readonly string[]) =>
    others.length >= OTHERS * members.length && new Set(kinds).size <= KINDS * others.length
  const nearlyAll = (of: readonly unknown[]) => of.length >= NEARLY_ALL * answers.length
  const ending = (text: string) => wordsOf(text).slice(-wording.behaviour.length)
  if (nearlyAll(answers.filter((text) => text === label))) return areFew(others)
  // An ending without words, such as a full stop, is no label: the whole answer is compared.
  const endings = others.map((text) => (contentOf(ending(text)) > 0 ? ending(text).join(' ') : text))
  return nearlyAll(answers.filter((text) => text.endsWith(` ${label}`))) && areFew(endings)
}

/** Distances, in words, at which a template goes on around a phrase; the word right beside it may be filled in. */
const BEYOND = [2, 3, 4, 5, 6]
/** Share of the pairs of texts with the same word at one distance, in a template. */
const TEMPLATED = 0.5
/** Share of the texts that must reach so far. */
const REACHING = 0.5

/**
 * Whether a template goes on around the phrase, beyond the words next to it. Around an inserted phrase the words of two
 * texts are hardly ever the same.
 */
export function isPartOfTemplate(texts: readonly string[], phrase: string): boolean {
  const words = phrase.split(' ')
  const read = spread(texts, READ).map(wordsOf)
  const around = read.map((text) => ({ text, at: placeOf(text, words) })).filter(({ at }) => at >= 0)
  return BEYOND.flatMap((by) => [-by, words.length - 1 + by]).some((by) => {
    const there = around.map(({ text, at }) => text[at + by]).filter((word) => word !== undefined)
    const { same, pairs } = agreement(there)
    return there.length >= REACHING * around.length && same >= TEMPLATED * Math.max(1, pairs)
  })
}

/** Share of the pairs of texts with the same word beside a phrase that is a part of their sentence. */
const OWN = 0.25
/** Share of the texts that must have a word beside the phrase. */
const MOSTLY = 0.5

/**
 * Whether the phrase belongs to the sentences that it stands in: the same words stand before it, or after it, such as
 * “the” before a name and “visual” before “information from the eyes to the brain”. An inserted phrase has different
 * words beside it, or signs where it is put between sentences.
 */
export function isPartOfSentence(texts: readonly string[], phrase: string): boolean {
  const words = phrase.split(' ')
  const around = spread(texts, READ)
    .map(wordsOf)
    .map((text) => ({ text, at: placeOf(text, words) }))
    .filter(({ at }) => at >= 0)
  return [-1, words.length].some((by) => {
    const beside = around.map(({ text, at }) => text[at + by] ?? '').filter((word) => LETTERS.test(word))
    const { same, pairs } = agreement(beside)
    return beside.length >= MOSTLY * around.length && same >= OWN * Math.max(1, pairs)
  })
}

/**
 * Returns a test for a phrase: whether its neighbours, before or after it, are the same more often than words of `all`
 * by chance, and one of them is there more often than its share of all words leads to expect: “the” is anything's
 * neighbour.
 */
export function grammarOf(all: readonly string[]): (texts: readonly string[], phrase: readonly string[]) => boolean {
  const seed = seededRandom(all.length, 'words of a language')
  const some = all.length <= SAMPLE ? all : Array.from(seed.permutation(all.length).subarray(0, SAMPLE), (i) => all[i]!)
  const language = some.flatMap((text) => wordsOf(text).slice(0, READ))
  const usual = timesOf(language)
  const { same, pairs } = agreement(language)
  const chance = same / Math.max(1, pairs)
  const isOften = (neighbours: readonly string[]) => {
    const counts = timesOf(neighbours)
    const least = LEAST_NATS + Math.log(counts.size)
    return [...counts].some(
      ([word, count]) =>
        count > 1 &&
        -logTailOfBinomial(neighbours.length, count, (1 + (usual.get(word) ?? 0)) / (2 + language.length)) >= least,
    )
  }
  return (texts, phrase) => {
    const places = texts.map((text) => {
      const words = wordsOf(text)
      const at = placeOf(words, phrase)
      return { before: words[at - 1], after: at < 0 ? undefined : words[at + phrase.length] }
    })
    return [places.map(({ before }) => before), places.map(({ after }) => after)].some((neighbours) => {
      const known = neighbours.filter((word) => word !== undefined)
      const { same, pairs } = agreement(known)
      const expected = pairs * chance
      const isMore = same >= GRAMMATICAL * expected && liftRatio(same, Math.max(expected, chance)) >= LEAST_NATS
      return isMore && isOften(known)
    })
  }
}

function timesOf(words: readonly string[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1)
  return times
}

/** How many pairs the words form, and how many of the pairs are of the same word. */
function agreement(words: readonly string[]): { same: number; pairs: number } {
  const counts = timesOf(words)
  const pairsOf = (count: number) => (count * (count - 1)) / 2
  return { same: [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0), pairs: pairsOf(words.length) }
}
