import { wordsOf } from './grams.ts'

/** A run of words with all that nearly every text has around it, and whether it stands anywhere or in one place. */
export interface Phrase {
  readonly words: string
  /** `edge`: at the start or the end of nearly every text, as a template or a signature does. */
  readonly place: 'anywhere' | 'edge'
}

const NEARLY_ALL = 0.8
const LONGEST = 60
/** At most so many words from the edge; a text is no template's when it is hardly longer than the phrase. */
const NEAR = 2
const BESIDES = 1.5
/** Of a long text the last words are its end. */
const LAST = 60
const LAST_SHARE = 0.35
/** Texts that are read. */
const READ = 60

/** The longest run about `run` that nearly all of the texts share. A run that is no run of words stays as it is. */
export function phraseAround(texts: readonly string[], run: string): Phrase {
  const parts = run.split(' ')
  const found: { words: readonly string[]; from: number; to: number }[] = []
  for (const text of texts.slice(0, READ)) {
    const words = wordsOf(text)
    const at = words.findIndex((_, k) => parts.every((part, p) => words[k + p] === part))
    if (at >= 0) found.push({ words, from: at, to: at + parts.length })
  }
  if (found.length === 0) return { words: run, place: 'anywhere' }
  const least = NEARLY_ALL * found.length
  for (let grown = parts.length; grown < LONGEST; grown++) {
    const left = agreed(
      found.map(({ words, from }) => words[from - 1]),
      least,
    )
    const right =
      left === null
        ? agreed(
            found.map(({ words, to }) => words[to]),
            least,
          )
        : null
    if (left === null && right === null) break
    for (const each of found) {
      if (left !== null && each.words[each.from - 1] === left) each.from--
      if (right !== null && each.words[each.to] === right) each.to++
    }
  }
  const first = found.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0]!
  const more = found.filter(({ words, from, to }) => words.length >= BESIDES * (to - from))
  const starts = more.filter(({ from }) => from <= NEAR).length
  const nearEnd = ({ length }: readonly string[]) => (length > LAST ? Math.min(LAST, LAST_SHARE * length) : NEAR)
  const ends = more.filter(({ words, to }) => to >= words.length - nearEnd(words)).length
  return {
    words: first.words.slice(first.from, first.to).join(' '),
    place: Math.max(starts, ends) >= least ? 'edge' : 'anywhere',
  }
}

/** The word that nearly all agree on; null where there is none. */
function agreed(words: readonly (string | undefined)[], least: number): string | null {
  const counts = new Map<string, number>()
  for (const word of words) {
    if (word === undefined) continue
    const count = (counts.get(word) ?? 0) + 1
    if (count >= least) return word
    counts.set(word, count)
  }
  return null
}
