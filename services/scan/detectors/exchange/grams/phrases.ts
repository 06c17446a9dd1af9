import { holdsRun, wordsOf } from './grams.ts'

/** A run of words, extended by the words that nearly every text has around it, and where it stands. */
export interface Phrase {
  readonly words: string
  /** `edge`: at the start or the end of nearly every text, as a template or a signature does. */
  readonly place: 'anywhere' | 'edge'
}

const NEARLY_ALL = 0.8
/** Words of a phrase at most. */
const LONGEST = 60
/**
 * A phrase with at most this many words before it, or after it, stands at an edge. Only texts with at least `BESIDES`
 * times the phrase's words are counted: a shorter one is hardly more than the phrase.
 */
const NEAR = 2
const BESIDES = 1.5
/** The end of a text of more than this many words is its last `LAST` words, or this share of it if that is less. */
const LAST = 60
const LAST_SHARE = 0.35
/** Texts that are read at most. */
const READ = 60

/**
 * The longest run around `run` that nearly all of the texts share; `run` itself where no text holds it, such as a
 * property.
 */
export function phraseAround(texts: readonly string[], run: string): Phrase {
  const parts = run.split(' ')
  const read = texts.slice(0, READ).map(wordsOf)
  const first = occurrences(read, parts)
  if (first.length === 0) return { words: run, place: 'anywhere' }
  const last = occurrences(read, parts, true)
  const [some, others] = [grown(first, parts), grown(last, parts)]
  // A text may hold `run` outside the phrase too: the first and the last occurrences are tried, and the longer phrase
  // is taken.
  const phrase = others.length > some.length ? others : some
  const whole = occurrences(read, phrase, others.length > some.length)
  return { words: phrase.join(' '), place: placeOf(phrase.length > parts.length ? whole : first) }
}

/** Share of the questions that must hold a phrase for it to be a part of them. */
const IN_QUESTIONS = 0.8

/**
 * The phrase around a run of all that is asked (`texts`), and where it stands. Behind a passage a question is near the
 * end of the text: what stands anywhere in the `questions` themselves stands anywhere.
 */
export function phraseAsked(texts: readonly string[], questions: readonly string[], run: string): Phrase {
  const phrase = phraseAround(texts, run)
  if (phrase.place === 'anywhere' || questions.every((question, k) => question === texts[k])) return phrase
  const holding = questions.filter((question) => holdsRun(question, phrase.words))
  return holding.length < IN_QUESTIONS * questions.length
    ? phrase
    : { ...phrase, place: phraseAround(holding, run).place }
}

/** The words `parts`, extended before and after while nearly all of the texts agree on the next word. */
function grown(found: readonly Occurrence[], parts: readonly string[]): readonly string[] {
  const least = NEARLY_ALL * found.length
  let [agreeing, words] = [found, parts]
  while (words.length < LONGEST) {
    const before = agreed(
      agreeing.map(({ words, from }) => words[from - 1]),
      least,
    )
    const after =
      before === null
        ? agreed(
            agreeing.map(({ words, to }) => words[to]),
            least,
          )
        : null
    if (before === null && after === null) break
    words = before === null ? [...words, after!] : [before, ...words]
    agreeing = agreeing
      .filter(({ words, from, to }) => (before === null ? words[to] === after : words[from - 1] === before))
      .map((of) => (before === null ? { ...of, to: of.to + 1 } : { ...of, from: of.from - 1 }))
  }
  return words
}

interface Occurrence {
  readonly words: readonly string[]
  readonly from: number
  readonly to: number
}

/** The first, or last, place of these successive words in each text that holds them. */
function occurrences(texts: readonly (readonly string[])[], parts: readonly string[], last = false): Occurrence[] {
  return texts.flatMap((words) => {
    const isHere = (_: string, k: number) => parts.every((part, p) => words[k + p] === part)
    const at = last ? words.findLastIndex(isHere) : words.findIndex(isHere)
    return at < 0 ? [] : [{ words, from: at, to: at + parts.length }]
  })
}

function placeOf(found: readonly Occurrence[]): Phrase['place'] {
  const more = found.filter(({ words, from, to }) => words.length >= BESIDES * (to - from))
  const starts = more.filter(({ from }) => from <= NEAR).length
  const nearEnd = ({ length }: readonly string[]) => (length > LAST ? Math.min(LAST, LAST_SHARE * length) : NEAR)
  const ends = more.filter(({ words, to }) => to >= words.length - nearEnd(words)).length
  return Math.max(starts, ends) >= NEARLY_ALL * found.length ? 'edge' : 'anywhere'
}

/** The word that occurs at least `least` times; null where there is none. */
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
