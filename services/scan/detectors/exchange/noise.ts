import type { NumberedWords } from './numbered-words.ts'

/** Properties of answers that are noise. */
export const UNHEARD_WORDS = 'words that no other answer holds'
export const REPETITION = 'the same words over and over'

const LETTERS = /^\p{L}[\p{L}\p{M}]{2,}$/u
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
export function noisyAnswers(
  numbers: NumberedWords,
  said: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const words = said.map((answers) => answers.map((answer) => numbers.idsOf(answer).subarray(0, LONGEST)))
  const isWord = Uint8Array.from(numbers.words, (word) => Number(LETTERS.test(word)))
  // By word how many records hold it, and the last one of them; then the last answer.
  const frequency = new Int32Array(isWord.length)
  const last = new Int32Array(isWord.length).fill(-1)
  words.forEach((answers, i) => {
    for (const answer of answers) countOnce(answer, i, frequency, last)
  })
  last.fill(-1)
  let read = 0
  const noiseOf = (answer: Int32Array) => {
    read++
    let [count, distinct, unheard] = [0, 0, 0]
    for (const word of answer) {
      if (isWord[word] === 0) continue
      count++
      if (last[word] === read) continue
      last[word] = read
      distinct++
      if (frequency[word] === 1) unheard++
    }
    const found: string[] = []
    if (distinct >= FEWEST_WORDS && unheard >= UNHEARD * distinct) found.push(UNHEARD_WORDS)
    if (count >= LONG && distinct <= REPEATED * count) found.push(REPETITION)
    return found
  }
  return words.map((answers) => answers.flatMap(noiseOf))
}

function countOnce(words: Int32Array, record: number, counts: Int32Array, last: Int32Array): void {
  for (const word of words) {
    if (last[word] === record) continue
    last[word] = record
    counts[word]!++
  }
}
