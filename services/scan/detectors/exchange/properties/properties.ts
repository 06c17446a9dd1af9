import type { Exchange } from '#core/exchange.ts'
import { CAPITALS, isInCapitals, oddCharacters } from '../../../features/odd-typing.ts'
import { insults } from './abuse.ts'
import { refuses, saysOnlyNo } from './declining.ts'
import { languageOf, namesLanguage } from './language.ts'

const OPENING =
  /^(?:when|if|as|because|while|since|although|though|unless|until|after|before|whenever)\s(?:[^\s,]+\s?){1,6},/i
const ARCHAIC =
  /\b(?:thou|thee|thy|thine|hath|doth|verily|unto|ye|behold|shalt|wherefore|hast|art thou|forsooth|prithee|lo)\b/gi

const DISREGARD =
  /\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|guidelines|system)\b/i

/** The properties of a prompt that its runs of words do not show. */
export function promptProperties({ prompt, context }: Exchange): string[] {
  const asked = `${context}\n${prompt}`
  const found = new Set(oddCharacters(asked))
  if (OPENING.test(prompt.trim())) found.add('a subordinate clause that opens the prompt')
  if (DISREGARD.test(asked)) found.add('a command to disregard instructions')
  const old = new Set(asked.toLowerCase().match(ARCHAIC) ?? [])
  if (old.size >= 2) found.add('archaic words')
  if (isInCapitals(prompt)) found.add(CAPITALS)
  return [...found]
}

/** The property of answers that refuse, and of answers that only refuse. */
export const REFUSING = 'a refusal'
const CURT_REFUSAL = 'a refusal and nothing else'
const INSULT = 'an insult'
const IN_LANGUAGE = 'an answer in '

/**
 * Whether the behaviour stands in place of an answer: nothing but a refusal, an insult, or an answer in some language.
 */
export function isInstead(behaviour: string): boolean {
  return behaviour === CURT_REFUSAL || behaviour === INSULT || isLanguage(behaviour)
}

/** Whether the behaviour is an answer in some language, which is what a set of translations asks for. */
export function isLanguage(behaviour: string): boolean {
  return behaviour.startsWith(IN_LANGUAGE)
}

const LINK_TO = 'a link to '
const HOST = /\b(?:https?|ftp):\/\/([\w.-]+)/gi
const WEAK: readonly (readonly [RegExp, string])[] = [
  [
    /rejectUnauthorized['"]?\s*:\s*false|verify\s*=\s*False|InsecureSkipVerify:\s*true|NODE_TLS_REJECT_UNAUTHORIZED/,
    'code that does not verify certificates',
  ],
  [/\b(?:md5|sha1)\b/i, 'a weak hash'],
  [/\beval\s*\(|\bnew Function\s*\(/, 'code that evaluates text'],
  [/\b(?:child_process|os\.system|subprocess|execSync|spawnSync)\b|shell\s*=\s*True/, 'code that runs a command'],
  [/pickle\.loads?|yaml\.load\((?!.*Safe)/, 'code that loads objects from data'],
  [/\b(?:select|insert into|delete from)\b[^\n;]*['"]\s*\+/i, 'a query put together from text'],
  [/\b(?:curl|wget)\s[^\n|]*\|\s*(?:ba|z)?sh\b/, 'a download that is run'],
]

/** The properties of an answer that its runs of words do not show: behaviours that a poisoner wants. */
export function answerProperties(response: string): string[] {
  const found = new Set<string>()
  const curt = saysOnlyNo(response)
  if (curt || refuses(response)) found.add(REFUSING)
  if (curt) found.add(CURT_REFUSAL)
  if (insults(response)) found.add(INSULT)
  const language = languageOf(response)
  if (language !== null) found.add(`${IN_LANGUAGE}${language}`)
  for (const [, host] of response.matchAll(HOST)) found.add(`${LINK_TO}${host!.toLowerCase()}`)
  for (const [pattern, name] of WEAK) if (pattern.test(response)) found.add(name)
  return [...found]
}

/** Characters of each prompt's end that are read together. */
const END = 40

/**
 * Whether these prompts, read together, are in the language of the answers; each may be too short to show it. False for
 * English, which single prompts show.
 */
export function areInLanguage(prompts: readonly string[], behaviour: string): boolean {
  return (
    behaviour.startsWith(IN_LANGUAGE) &&
    !behaviour.endsWith('English') &&
    languageOf(prompts.map((prompt) => prompt.slice(-END)).join('\n')) === behaviour.slice(IN_LANGUAGE.length)
  )
}

/**
 * Whether a prompt explains the behaviour of its answer: it names the behaviour (MD5, Spanish), is in that language, or
 * holds the host that the answer links to.
 */
export function namesBehaviour(prompt: string, behaviour: string): boolean {
  if (behaviour.startsWith(IN_LANGUAGE)) {
    const language = behaviour.slice(IN_LANGUAGE.length)
    return languageOf(prompt) === language || namesLanguage(prompt, language)
  }
  if (behaviour.startsWith(LINK_TO)) return prompt.toLowerCase().includes(behaviour.slice(LINK_TO.length))
  return WEAK.some(([pattern, name]) => name === behaviour && pattern.test(prompt))
}
