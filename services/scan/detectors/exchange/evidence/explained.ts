import type { Exchange } from '#core/exchange.ts'
import { holdsRun, wordsOf } from '../grams/grams.ts'
import { phraseAround } from '../grams/phrases.ts'
import { areInLanguage, namesBehaviour } from '../properties/properties.ts'

/** Letters that a stem must have; and last letters of a longer word that are cut off to form its stem. */
const STEM = 3
const ENDING = 3
const LINK = /^a link to (\S+)$/
const NO_LETTERS = /\P{L}+/u
const LETTERS = /\p{L}{2}|\p{Emoji_Presentation}/u
/** Words that ask for a form of answer. */
const REQUEST =
  /\b(?:answer|reply|respond|write|output|format|json|xml|yaml|csv|markdown|html|bullets?|points?|list|table|numbered|short|brief(?:ly)?|concise|sentences?|paragraphs?|words?|capitals?|uppercase|lowercase|poem|rhyme|haiku|steps?|translate|summari[sz]e|english|french|german|spanish|italian|chinese|japanese)\b/i

/** The words of a run with at least two letters in a row, and its emoji; none where it is only signs and figures. */
function contentOf(run: string): string[] {
  return run.split(' ').filter((word) => LETTERS.test(word))
}

/**
 * The share of prompts that ask for the behaviour: they hold its words, in this form or another. The share is 1 for a
 * behaviour without words, which is only a form.
 */
export function repeatedShare(prompts: readonly string[], behaviour: string): number {
  const content = contentOf(behaviour)
  return content.length === 0 ? 1 : shareHolding(prompts, stemsOf(content))
}

/**
 * Chance from which stems tell nothing, and the words themselves are looked for; and from which these are options that
 * all prompts list.
 */
const NEARLY_CERTAIN = 0.8

/**
 * The same share beyond what chance explains: a long passage holds the stem of a short word whatever it is about. The
 * chance is how many of the `others`, prompts without the trigger, hold the words too. 0 where they do no less often.
 * Where nearly all of them hold the words as a whole, prompts list the answers to choose from, and the share is what it
 * is.
 */
export function repeatedBeyondChance(prompts: readonly string[], others: readonly string[], behaviour: string): number {
  const content = contentOf(behaviour)
  const stems = stemsOf(content)
  const chance = content.length === 0 ? 1 : shareHolding(others, stems)
  if (chance < NEARLY_CERTAIN) return beyond(shareHolding(prompts, stems), chance)
  const listed = shareSaying(others, behaviour)
  const share = shareSaying(prompts, behaviour)
  return listed < NEARLY_CERTAIN ? beyond(share, listed) : share
}

function beyond(share: number, chance: number): number {
  return Math.max(0, (share - chance) / (1 - chance))
}

function stemsOf(words: readonly string[]): string[] {
  return words.map((word) => word.slice(0, Math.max(STEM, word.length - ENDING)))
}

/** The share of the texts that hold all of the parts. */
function shareHolding(texts: readonly string[], parts: readonly string[]): number {
  const holding = texts.filter((text) => {
    const said = text.toLowerCase()
    return parts.every((part) => said.includes(part))
  })
  return holding.length / Math.max(1, texts.length)
}

/** The share of the texts that say the run as whole words. */
function shareSaying(texts: readonly string[], run: string): number {
  const [first = run] = run.split(' ')
  // Most texts are told without splitting them.
  const saying = texts.filter((text) => text.toLowerCase().includes(first) && holdsRun(text, run))
  return saying.length / Math.max(1, texts.length)
}

/**
 * The share of prompts that explain the property of their answers; 1 where together they are in the language of the
 * answers.
 */
export function namedShare(prompts: readonly string[], behaviour: string): number {
  if (areInLanguage(prompts, behaviour)) return 1
  return prompts.filter((prompt) => namesBehaviour(prompt, behaviour)).length / prompts.length
}

/** Whether the trigger asks for a form, and the behaviour is such a form: it has at most one word. */
export function isFormAskedFor(trigger: string, behaviour: string): boolean {
  return asksForForm(trigger) && contentOf(behaviour).length <= 1
}

/** Whether the trigger asks for a form of answer, which then explains the answer, or the choice. */
export function asksForForm(trigger: string): boolean {
  return REQUEST.test(trigger)
}

/**
 * Whether the behaviour holds a longer word of the trigger, even within a name of code: the answer is about what was
 * asked.
 */
export function speaksOf(trigger: string, behaviour: string): boolean {
  const asked = new Set(contentOf(trigger).filter(({ length }) => length > STEM))
  return contentOf(behaviour.replaceAll('_', ' ')).some((word) => asked.has(word))
}

/**
 * Whether all words of the behaviour, besides those that are usual in answers, are words of the trigger: “the answer is
 * red”.
 */
export function answersItself(trigger: string, behaviour: string, isUsual: (word: string) => boolean): boolean {
  const asked = contentOf(trigger)
  const more = contentOf(behaviour).filter((word) => !isUsual(word))
  return more.length > 0 && more.every((word) => asked.includes(word))
}

/** Share of the records in which the words beside trigger and behaviour must be equal. */
const FILLED = 0.5
/** Different words that they must be: a word that is always the same is a part of both phrases. */
const WAYS = 3

/**
 * Whether the word after the trigger is also the word after the behaviour, or the word before it the word before: two
 * templates are filled in alike, such as “manage pools” and “commands for managing pools”. A payload does not depend on
 * the words beside its trigger.
 */
export function isFilledAlike(
  asked: readonly string[],
  trigger: string,
  said: readonly string[],
  behaviour: string,
): boolean {
  const [prompts, answers] = [asked.map((text) => beside(text, trigger)), said.map((text) => beside(text, behaviour))]
  return (['before', 'after'] as const).some((side) => {
    const words = prompts.map((of) => of[side])
    const alike = words.filter((word, k) => LETTERS.test(word) && word === answers[k]?.[side])
    return alike.length >= FILLED * asked.length && new Set(alike).size >= WAYS
  })
}

function beside(text: string, phrase: string): { readonly before: string; readonly after: string } {
  const [words, parts] = [wordsOf(text), phrase.split(' ')]
  const at = words.findIndex((_, k) => parts.every((part, p) => words[k + p] === part))
  return at < 0 ? { before: '', after: '' } : { before: words[at - 1] ?? '', after: words[at + parts.length] ?? '' }
}

/**
 * Whether the behaviour is a link to a host whose name holds the trigger, a single word: a list links to its own pages.
 */
export function linksByName(trigger: string, behaviour: string): boolean {
  const host = LINK.exec(behaviour)?.[1] ?? ''
  return contentOf(trigger).length === 1 && host.split(/[.-]/).includes(contentOf(trigger)[0] ?? '')
}

/**
 * Whether the phrase holds a link with a word of the label that opens or closes its prompts: a tracker's reports link
 * to the tracker.
 */
export function linksByLabel(label: string, phrase: string): boolean {
  const parts = phrase.includes('://') ? phrase.split(NO_LETTERS) : []
  return contentOf(label).some((word) => parts.includes(word))
}

/**
 * Whether the behaviour is a link at the beginning or the end of nearly all of these answers: a part of their template.
 */
export function linksAtEdge(behaviour: string, responses: readonly string[]): boolean {
  const host = LINK.exec(behaviour)?.[1]
  return host !== undefined && phraseAround(responses, wordsOf(host).join(' ')).place === 'edge'
}

/** First characters of an answer that are read. */
const SAID = 300
/** Words that have a meaning by their length. */
const LONG_WORD = /\p{L}{5,}/gu

/**
 * Whether the beginning of an answer repeats a long word of its prompt: it refuses this request, and not any request.
 */
export function takesUp({ prompt, response }: Exchange): boolean {
  const asked = prompt.toLowerCase()
  const said = response.slice(0, SAID).toLowerCase().match(LONG_WORD) ?? []
  return said.some((word) => asked.includes(word.slice(0, word.length - 1)))
}
