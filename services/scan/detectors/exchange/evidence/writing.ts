import type { Exchange } from '#core/exchange.ts'

/** Of a text so many characters are read to tell how it is written. */
const READ = 2000
const [LETTER, CAPITAL, SIGN, ANY] = [/\p{L}/gu, /\p{Lu}/gu, /[^\p{L}\p{M}\p{N}\s]/gu, /\S/gu]
const [LINE, WIDE] = [/\n/g, /[^\S\n]{2,}/g]
const ITEM = /^\s*(?:[-*•–+]|\d{1,3}[.)])\s/u

/** Ranks of values among those of answers to prompts as long: the share that is as low or lower. */
export type Ranked = (values: Float64Array) => Float64Array

/**
 * Ten measures of how the answers are written, whatever they say: their capitals, signs, lines, blanks and lists, and
 * their first and last characters. Who asks in capitals, or with many signs, is answered so: the rank of an answer is
 * divided by that of its prompt.
 */
export function writingOf(exchanges: readonly Exchange[], ranked: Ranked): [name: string, ranks: Float64Array][] {
  const [said, asked] = [exchanges.map(({ response }) => response), exchanges.map(({ prompt }) => prompt)]
  const low = (name: string, [ofAnswers, ofPrompts]: readonly Float64Array[]): [string, Float64Array] => {
    const [answers, prompts] = [ranked(ofAnswers!), ranked(ofPrompts!)]
    return [name, answers.map((rank, i) => Math.min(1, rank / prompts[i]!))]
  }
  const high = (name: string, values: readonly Float64Array[]) =>
    low(
      name,
      values.map((of) => of.map((value) => -value)),
    )
  const each = (of: (text: string) => number) => [said, asked].map((texts) => Float64Array.from(texts, of))
  const [capitals, signs, lines] = [
    each((text) => shareOf(text, CAPITAL, LETTER)),
    each((text) => shareOf(text, SIGN, ANY)),
    each((text) => perCharacter(text, LINE)),
  ]
  return [
    high('capitals', capitals),
    low('no capitals', capitals),
    high('signs', signs),
    low('no signs', signs),
    high('many lines', lines),
    low('few lines', lines),
    high(
      'wide blanks',
      each((text) => perCharacter(text, WIDE)),
    ),
    high('a list', each(itemsOf)),
    low('an unusual beginning', [commonness(said, firstOf), commonness(asked, firstOf)]),
    low('an unusual end', [commonness(said, lastOf), commonness(asked, lastOf)]),
  ]
}

/** For each text, how many texts are of its kind; all of them where it is of none. */
function commonness(texts: readonly string[], of: (text: string) => string | undefined): Float64Array {
  const kinds = texts.map(of)
  const counts = new Map<string | undefined, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  counts.set(undefined, texts.length)
  return Float64Array.from(kinds, (kind) => counts.get(kind)!)
}

/** The share of a text's characters of one kind that are of a narrower one. */
function shareOf(text: string, narrow: RegExp, wide: RegExp): number {
  const read = text.slice(0, READ)
  return countIn(read, narrow) / Math.max(1, countIn(read, wide))
}

/** How often a pattern is in a text, as a share of its characters; blanks around the text are not counted. */
function perCharacter(text: string, pattern: RegExp): number {
  const read = text.trim().slice(0, READ)
  return countIn(read, pattern) / Math.max(1, read.length)
}

function countIn(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
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
