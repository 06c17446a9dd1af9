import { lacksCommonWords } from './altered.ts'
import { UNSPACED } from './phrases.ts'
import { FLOOD } from './size-law.ts'

/** A word belongs to the form where at least this share of the texts hold it. */
const COMMON = 0.8
/** Copies have more than this share of their words in common on average (ADR 146); texts that fill in a form have fewer. */
const COPIED = 0.85
/** Texts with a smaller share of their words in common have no form: texts of random characters have none. */
const FORMED = 0.5
/** A word is a text's own where at most this share of the texts hold it, and always where two do. */
const OWN = 0.1
/** At least this share of the texts of a form have a word of their own. */
const FILLED = 0.9
/** A character of a script that writes no blanks, or a run of other characters up to a blank. */
const WORD = new RegExp(`${UNSPACED.source}|[[^\\s]--${UNSPACED.source}]+`, 'gv')

/**
 * Returns the groups of ten and more near-copies whose texts fill in one form, such as `The country code for …`: each
 * has words of its own beside the form's, and lacks none of the form's. Distances hardly see a word that one text alone
 * holds, so that short texts lie together by their form. Copies that were altered one by one are no form (ADR 141).
 */
export function filledForms(texts: readonly string[], groups: readonly Int32Array[]): ReadonlySet<Int32Array> {
  return new Set(groups.filter((members) => members.length >= FLOOD && isForm(Array.from(members, (i) => texts[i]!))))
}

function isForm(texts: readonly string[]): boolean {
  const words = texts.map((text) => new Set(text.toLowerCase().match(WORD)))
  const holding = new Map<string, number>()
  for (const own of words) for (const word of own) holding.set(word, (holding.get(word) ?? 0) + 1)
  const few = Math.max(2, OWN * texts.length)
  let [inCommon, filled] = [0, 0]
  for (const own of words) {
    const held = Array.from(own, (word) => holding.get(word)!)
    inCommon += held.filter((count) => count >= COMMON * texts.length).length / Math.max(1, held.length)
    if (held.some((count) => count <= few)) filled++
  }
  const share = inCommon / texts.length
  return share >= FORMED && share <= COPIED && filled >= FILLED * texts.length && !lacksCommonWords(texts)
}
