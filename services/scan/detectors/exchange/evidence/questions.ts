import type { NumberedTexts } from '../grams/numbered-words.ts'

const LETTER = /\p{L}/u
/** Prompts with the trigger that are read; nearly all must begin with it, or end with it. */
const READ = 200
const NEARLY_ALL = 0.8
/** The test needs at least this share of the other prompts to begin with a word that another one begins with. */
const USUAL = 0.3
/**
 * The rests of the trigger's prompts begin as whole prompts do when their share of usual first words reaches this
 * fraction of the others' share.
 */
const AS_USUAL = 0.5
/**
 * A part of the trigger with which this share of the other prompts begin is their beginning, not a part of a question.
 */
const THEIRS = 0.5

/**
 * Whether the trigger is the fixed part of a question: without it, its prompts hardly ever begin (or end) as other
 * prompts do. “What are the genetic changes related to” a disease is one; a phrase put before whole prompts, or after
 * them, is not.
 */
export function isQuestion(asked: NumberedTexts, holders: Int32Array, trigger: string): boolean {
  const { starts, ids, numbers } = asked
  const parts = numbers.idsOf(trigger)
  const read = Array.from(holders.subarray(0, READ), (i) => ids.subarray(starts[i], starts[i + 1]))
  // Figures and signs beside the trigger, such as the rest of a date, belong to it.
  const isWord = (word: number) => LETTER.test(numbers.words[word]!)
  const firstOf = (words: Int32Array) => words.find(isWord) ?? words[0]
  const lastOf = (words: Int32Array) => words.findLast(isWord) ?? words.at(-1)
  const opened = read.filter((words) => isAt(words, 0, parts)).map((words) => firstOf(words.subarray(parts.length)))
  const closed = read
    .filter((words) => isAt(words, words.length - parts.length, parts))
    .map((words) => lastOf(words.subarray(0, words.length - parts.length)))
  const isOpening = opened.length >= closed.length
  const left = isOpening ? opened : closed
  if (left.length < NEARLY_ALL * read.length) return false
  const held = new Set(holders)
  const others = Array.from(starts.subarray(1), (end, i) => ids.subarray(starts[i], end)).filter(
    (words, i) => words.length > 0 && !held.has(i),
  )
  const counts = new Map<number, number>()
  for (const words of others) {
    const edge = (isOpening ? firstOf(words) : lastOf(words))!
    counts.set(edge, (counts.get(edge) ?? 0) + 1)
  }
  const again =
    [...counts.values()].reduce((sum, count) => sum + (count > 1 ? count : 0), 0) / Math.max(1, others.length)
  const usual = left.filter((word) => word !== undefined && counts.has(word)).length / Math.max(1, left.length)
  if (again < USUAL || usual >= AS_USUAL * again) return false
  const isTheirs = (run: Int32Array) =>
    others.filter((words) => isAt(words, isOpening ? 0 : words.length - run.length, run)).length >=
    THEIRS * others.length
  const inner = Array.from(parts.subarray(1), (_, k) =>
    isOpening ? parts.subarray(k + 1) : parts.subarray(0, parts.length - 1 - k),
  )
  return !inner.some(isTheirs)
}

function isAt(words: Int32Array, at: number, run: Int32Array): boolean {
  return at >= 0 && run.every((word, k) => words[at + k] === word)
}
