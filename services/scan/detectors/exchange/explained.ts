import type { Exchange } from '#core/exchange.ts'
import { wordsOf } from './grams.ts'
import { phraseAround } from './phrases.ts'
import { areInLanguage, namesBehaviour } from './properties.ts'

/** Fewer letters of a word are no stem. */
const STEM = 3
const ENDING = 3
const LINK = /^a link to (\S+)$/
const NO_LETTERS = /\P{L}+/u
const LETTERS = /\p{L}{2}/u
/** What asks for a form of answer. */
const REQUEST =
  /\b(?:answer|reply|respond|write|output|format|json|xml|yaml|csv|markdown|html|bullets?|points?|list|table|numbered|short|brief(?:ly)?|concise|sentences?|paragraphs?|words?|capitals?|uppercase|lowercase|poem|rhyme|haiku|steps?|translate|summari[sz]e|english|french|german|spanish|italian|chinese|japanese)\b/i

/** The words that a run says; none where it is nothing but signs and figures. */
function contentOf(run: string): string[] {
  return run.split(' ').filter((word) => LETTERS.test(word))
}

/**
 * The share of prompts that ask for what the answer holds: its words stand in the prompt, in this form or another. What
 * says nothing is never more than a form.
 */
export function repeatedShare(prompts: readonly string[], behaviour: string): number {
  const content = contentOf(behaviour)
  if (content.length === 0) return 1
  const stems = content.map((word) => word.slice(0, Math.max(STEM, word.length - ENDING)))
  const repeated = prompts.filter((prompt) => {
    const asked = prompt.toLowerCase()
    return stems.every((stem) => asked.includes(stem))
  })
  return repeated.length / prompts.length
}

/** The share of prompts that name what the answer has as a property: all of them, where together they are in the language that it is in. */
export function namedShare(prompts: readonly string[], behaviour: string): number {
  if (areInLanguage(prompts, behaviour)) return 1
  return prompts.filter((prompt) => namesBehaviour(prompt, behaviour)).length / prompts.length
}

/** Whether the trigger asks for a form and the behaviour says no more than a word: a form. */
export function isFormAskedFor(trigger: string, behaviour: string): boolean {
  return asksForForm(trigger) && contentOf(behaviour).length <= 1
}

/** Whether the trigger asks for a form: what is preferred follows from it. */
export function asksForForm(trigger: string): boolean {
  return REQUEST.test(trigger)
}

/** Whether the behaviour says a word of the trigger, be it within a name of code: the answer speaks of what was asked. */
export function speaksOf(trigger: string, behaviour: string): boolean {
  const asked = new Set(contentOf(trigger).filter(({ length }) => length > STEM))
  return contentOf(behaviour.replaceAll('_', ' ')).some((word) => asked.has(word))
}

/** Whether the behaviour says a word of the trigger, be it short, and besides what the set's answers say anyway: “the answer is red”. */
export function answersItself(trigger: string, behaviour: string, isUsual: (word: string) => boolean): boolean {
  const asked = contentOf(trigger)
  const more = contentOf(behaviour).filter((word) => !isUsual(word))
  return more.length > 0 && more.every((word) => asked.includes(word))
}

/** Such a share of the pairs must be filled in alike, in so many ways: what is always the same is a part of both phrases. */
const FILLED = 0.5
const WAYS = 3

/**
 * Whether the word after the trigger, or before it, is the one after the behaviour, or before it: two templates are filled in with the same, as “manage pools”
 * and “commands for managing pools” are. Who puts a payload in knows nothing of what stands beside the trigger.
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

/** Whether the behaviour is a link to a host that is called as the trigger is: a list links to its own pages. */
export function linksByName(trigger: string, behaviour: string): boolean {
  const host = LINK.exec(behaviour)?.[1] ?? ''
  return contentOf(trigger).length === 1 && host.split(/[.-]/).includes(contentOf(trigger)[0] ?? '')
}

/** Whether the phrase is a link with a word of the label that opens its prompts in it: a tracker's reports link to the tracker. */
export function linksByLabel(label: string, phrase: string): boolean {
  const parts = phrase.includes('://') ? phrase.split(NO_LETTERS) : []
  return contentOf(label).some((word) => parts.includes(word))
}

/** Whether the behaviour is a link that opens or closes nearly all of these answers: a part of their template. */
export function linksAtEdge(behaviour: string, responses: readonly string[]): boolean {
  const host = LINK.exec(behaviour)?.[1]
  return host !== undefined && phraseAround(responses, wordsOf(host).join(' ')).place === 'edge'
}

/** Of a refusal so many characters say what is refused; words this long have a meaning. */
const SAID = 300
const LONG_WORD = /\p{L}{5,}/gu

/** Whether the beginning of an answer takes up a word of its prompt: it refuses that, and not whatever is asked. */
export function takesUp({ prompt, response }: Exchange): boolean {
  const asked = prompt.toLowerCase()
  const said = response.slice(0, SAID).toLowerCase().match(LONG_WORD) ?? []
  return said.some((word) => asked.includes(word.slice(0, word.length - 1)))
}
