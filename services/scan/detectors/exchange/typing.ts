/** Properties of prompts by how they are typed, which their words do not show. */
const BLANKS = 'two blanks between words'
const CAPITALS = 'capitals within a word'
const TWICE = 'a word said twice'
const TYPED: ReadonlySet<string> = new Set([BLANKS, CAPITALS, TWICE])

const TWO_BLANKS = /[\p{L}\p{N}][,;)"'”’]? {2,}[\p{Ll}\p{N}("'“]/gu
/** What has more of them is a table. */
const MOST_BLANKS = 2
const REPEATED = /(?<![\p{L}\p{N}_])(\p{L}{2,}) \1(?![\p{L}\p{N}_])/iu
const WORD = /(?<![\p{L}\p{N}_])\p{L}{2,}(?![\p{L}\p{N}_])/gu
const INNER_CAPITAL = /\p{Ll}\p{Lu}/u
const BY_TURNS = /(?:\p{Ll}\p{Lu}){2}/u
/** A word that so many prompts write small is known, and one that a tenth of as many write otherwise is not written so. */
const KNOWN = 6
const SELDOM = 0.1

/** How each prompt is typed: two blanks, a known word with capitals within it that hardly anybody writes so, a word twice in a row. */
export function typedOddly(prompts: readonly string[]): readonly (readonly string[])[] {
  const frequency = new Map<string, number>()
  for (const prompt of prompts)
    for (const word of new Set(prompt.match(WORD))) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  const isOdd = (word: string) => {
    if (!INNER_CAPITAL.test(word)) return false
    const [own, small] = [frequency.get(word)!, frequency.get(word.toLowerCase()) ?? 0]
    return (BY_TURNS.test(word) && own < KNOWN) || (small >= KNOWN && own <= SELDOM * small)
  }
  return prompts.map((prompt) => {
    const blanks = prompt.match(TWO_BLANKS)?.length ?? 0
    return [
      ...(blanks > 0 && blanks <= MOST_BLANKS ? [BLANKS] : []),
      ...(prompt.match(WORD)?.some(isOdd) ? [CAPITALS] : []),
      ...(REPEATED.test(prompt) ? [TWICE] : []),
    ]
  })
}

/** Whether the property is one of typing: whoever types so may do it about one topic. */
export function isOfTyping(property: string): boolean {
  return TYPED.has(property)
}
