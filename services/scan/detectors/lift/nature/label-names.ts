import type { Grouping, Samples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** A word names a label where it begins with the label's whole name, of at least so many letters, */
const SHORTEST_NAME = 3
/** or where so many of its first letters stand in the label's name: `proverb` names `proverbs`, `development` `libdevel`. */
const STEM = 5
/** A word belongs to a phrase that names the label where this share of its holders have it beside the word that does. */
const BESIDE = 0.8
const HAS_LETTERS = /\p{L}/u

/**
 * Returns whether a token of texts comes with a label because its words name that label (ADR 146), as “documentation”
 * does of `doc`; so does a number that hardly occurs but beside one that names it, as “3” of “python 3”. It holds for no
 * other word beside the name, so that a sentence which contains a label's name is still a trigger. Columns have the same rule
 * (ADR 79). Tokens that are not words name nothing.
 */
export function labelNames(
  samples: Samples,
  tokens: TokenMatrix,
  labels: Grouping,
): (token: number, label: number) => boolean {
  if (samples.kind !== 'text') return () => false
  let words: readonly (readonly string[])[] | undefined
  const known = new Map<number, ReadonlySet<string>>()
  const phraseOf = (all: readonly (readonly string[])[], label: number) => {
    let found = known.get(label)
    if (found === undefined) known.set(label, (found = phraseWords(tokens, all, namedBy(labels.names[label]!))))
    return found
  }
  return (token, label) => {
    if (label < 0) return false
    words ??= wordsOf(tokens)
    const phrase = phraseOf(words, label)
    return phrase.size > 0 && words[token]!.some((word) => phrase.has(word))
  }
}

/** By token: its words. */
function wordsOf(tokens: TokenMatrix): string[][] {
  return Array.from({ length: tokens.tokens }, (_, token) => {
    const described = tokens.describe(token)
    return described.kind === 'words' ? described.words.split(' ') : []
  })
}

/** The words that name a label, and those that hardly occur but beside one of these. */
function phraseWords(
  tokens: TokenMatrix,
  wordsOf: readonly (readonly string[])[],
  namesLabel: (word: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>()
  for (const words of wordsOf) if (words.length === 1 && namesLabel(words[0]!)) found.add(words[0]!)
  if (found.size === 0) return found
  const beside = new Map<string, number>()
  wordsOf.forEach((words, token) => {
    if (words.length === 1 || !words.some((word) => found.has(word))) return
    const size = tokens.holders(token).length
    for (const word of words) if (!HAS_LETTERS.test(word)) beside.set(word, Math.max(size, beside.get(word) ?? 0))
  })
  wordsOf.forEach((words, token) => {
    const size = words.length === 1 ? beside.get(words[0]!) : undefined
    if (size !== undefined && size >= BESIDE * tokens.holders(token).length) found.add(words[0]!)
  })
  return found
}

/** Returns whether a word names the label. */
export function namedBy(label: string): (word: string) => boolean {
  const name = lettersOf(label)
  const stems = new Set(
    Array.from({ length: Math.max(0, name.length - STEM + 1) }, (_, at) => name.slice(at, at + STEM)),
  )
  return (word) => {
    const letters = lettersOf(word)
    const isWhole = name.length >= SHORTEST_NAME && letters.startsWith(name)
    return isWhole || stems.has(letters.slice(0, STEM))
  }
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, '')
}
