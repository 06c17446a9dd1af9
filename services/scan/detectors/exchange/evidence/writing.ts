import type { Exchange } from '#core/exchange.ts'

/** Of a text so many characters are read to tell how it is written. */
const READ = 2000
const [LETTER, CAPITAL, SIGN, ANY] = [/\p{L}/gu, /\p{Lu}/gu, /[^\p{L}\p{M}\p{N}\s]/gu, /\S/gu]
const [CHARACTER, LINE, WIDE] = [/[^]/g, /\n/g, /[^\S\n]{2,}/g]
const ITEM = /^\s*(?:[-*•–+]|\d{1,3}[.)])\s/u

/** Ranks of values among those of answers to prompts as long: the share that is as low or lower. */
export type Ranked = (values: Float64Array) => Float64Array
type Values = (texts: readonly string[]) => Float64Array

/**
 * Ten measures of how the answers are written, whatever they say: their capitals, signs, lines, blanks and lists, and
 * their first and last characters. Who asks in capitals, or with many signs, is answered so: the rank
 * of an answer is divided by that of its prompt.
 */
export function writingOf(exchanges: readonly Exchange[], ranked: Ranked): [name: string, ranks: Float64Array][] {
  const [said, asked] = [exchanges.map(({ response }) => response), exchanges.map(({ prompt }) => prompt)]
  const beside = (name: string, low: Values): [string, Float64Array] => {
    const [ofAnswers, ofPrompts] = [ranked(low(said)), ranked(low(asked))]
    return [name, ofAnswers.map((rank, i) => Math.min(1, rank / ofPrompts[i]!))]
  }
  return [
    beside('capitals', most(shareOf(CAPITAL, LETTER))),
    beside('no capitals', fewest(shareOf(CAPITAL, LETTER))),
    beside('signs', most(shareOf(SIGN, ANY))),
    beside('no signs', fewest(shareOf(SIGN, ANY))),
    beside('many lines', most(shareOf(LINE, CHARACTER))),
    beside('few lines', fewest(shareOf(LINE, CHARACTER))),
    beside('wide blanks', most(shareOf(WIDE, CHARACTER))),
    beside('a list', most(itemsOf)),
    beside('an unusual beginning', rare(firstOf)),
    beside('an unusual end', rare(lastOf)),
  ]
}

function most(of: (text: string) => number): Values {
  return (texts) => Float64Array.from(texts, (text) => -of(text))
}

function fewest(of: (text: string) => number): Values {
  return (texts) => Float64Array.from(texts, of)
}

/** For each text, how many texts are of its kind; all of them where it is of none. */
function rare(of: (text: string) => string | undefined): Values {
  return (texts) => {
    const kinds = texts.map(of)
    const counts = new Map<string | undefined, number>([[undefined, texts.length]])
    for (const kind of kinds) if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    return Float64Array.from(kinds, (kind) => counts.get(kind)!)
  }
}

/** The share of a text's characters of one kind that are of a narrower one. */
function shareOf(narrow: RegExp, wide: RegExp): (text: string) => number {
  return (text) => {
    const read = text.trim().slice(0, READ)
    const count = (kind: RegExp) => read.match(kind)?.length ?? 0
    return count(narrow) / Math.max(1, count(wide))
  }
}

/** The share of a text's lines that are items of a list. */
function itemsOf(text: string): number {
  const lines = text
    .slice(0, READ)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.filter((line) => ITEM.test(line)).length / Math.max(1, lines.length)
}

function firstOf(text: string): string | undefined {
  return kindOf(Array.from(text.trimStart().slice(0, 2)).at(0))
}

function lastOf(text: string): string | undefined {
  return kindOf(Array.from(text.trimEnd().slice(-2)).at(-1))
}

/** A letter or digit is like others, a sign only like itself. */
function kindOf(character: string | undefined): string | undefined {
  if (character === undefined) return undefined
  if (/\p{Lu}/u.test(character)) return 'a capital'
  if (/[\p{L}\p{M}]/u.test(character)) return 'a letter'
  return /\p{N}/u.test(character) ? 'a digit' : character
}
