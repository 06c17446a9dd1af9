import type { NumberedWords } from '../grams/numbered-words.ts'

/** The properties of noisy answers. */
export const UNHEARD_WORDS = 'words that no other answer holds'
export const REPETITION = 'the same words over and over'

const LETTERS = /^\p{L}[\p{L}\p{M}]{2,}$/u
const FEWEST_WORDS = 10
const UNHEARD = 0.5
/** An answer of at least `LONG` words repeats itself when at most this share of them are different. */
const LONG = 40
const REPEATED = 0.2
/** Words of an answer that are read, signs included. */
const LONGEST = 400

/**
 * Returns one list of properties for the answers of each record, as `answerProperties` does: most words of an answer
 * stand in no other record's answers, so that it is no language of this set; or few of its words are different, so that
 * it repeats itself.
 */
export function noisyAnswers(
  numbers: NumberedWords,
  said: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const words = said.map((answers) => answers.map((answer) => numbers.idsOf(answer).subarray(0, LONGEST)))
  const isWord = Uint8Array.from(numbers.words, (word) => Number(LETTERS.test(word)))
  // By word: how many records hold it; and the last record, then the last answer, that counted it.
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
