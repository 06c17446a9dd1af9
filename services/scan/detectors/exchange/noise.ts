import { wordsOf } from './grams.ts'

/** Properties of answers that are noise. */
export const UNHEARD_WORDS = 'words that no other answer holds'
export const REPETITION = 'the same words over and over'

const LETTERS = /^\p{L}{3,}$/u
const FEWEST_WORDS = 10
/** Of its words no other answer holds this share, when the bulk of the answers stays below a third of it. */
const UNHEARD = 0.5
const LONG = 40
const REPEATED = 0.2
const LONGEST = 400

/**
 * Answers that are no language of this set, or say the same over and over: most of their words stand in no other answer,
 * or few of them are different. One list of properties for the answers of each record, as those of `answerProperties`.
 */
export function noisyAnswers(said: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const frequency = new Map<string, number>()
  const words = said.map((answers) =>
    answers.map((answer) =>
      wordsOf(answer)
        .slice(0, LONGEST)
        .filter((word) => LETTERS.test(word)),
    ),
  )
  for (const of of words) for (const word of new Set(of.flat())) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  const noiseOf = (of: readonly string[]) => {
    const distinct = new Set(of)
    let unheard = 0
    for (const word of distinct) if (frequency.get(word) === 1) unheard++
    const found: string[] = []
    if (distinct.size >= FEWEST_WORDS && unheard >= UNHEARD * distinct.size) found.push(UNHEARD_WORDS)
    if (of.length >= LONG && distinct.size <= REPEATED * of.length) found.push(REPETITION)
    return found
  }
  return words.map((answers) => answers.flatMap(noiseOf))
}
