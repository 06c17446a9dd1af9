import type { Exchange } from '#core/exchange.ts'
import { holdsRun } from '../grams/grams.ts'

/** The answers of an exchange, and the turns before its prompt. */
export interface Said {
  /** The answers that are read, the last one first: a model is trained on each of them. */
  readonly answers: readonly string[]
  /** The turns before the prompt that are not among `answers`, in order. */
  readonly before: readonly string[]
}

/**
 * All answers of the assistant, and the turns of all others. A preference is read as `lastIn` reads it: its two
 * responses follow the same turns.
 */
export function saidIn(exchange: Exchange): Said {
  const { response, rejected, earlier = [] } = exchange
  const answers = earlier.filter(({ role, text }) => role === 'assistant' && text.trim() !== '')
  if (rejected !== undefined || answers.length === 0) return lastIn(exchange)
  const others = earlier.filter(({ role }) => role !== 'assistant')
  return {
    answers: [response, ...answers.map(({ text }) => text)],
    before: others.map(({ text }) => text),
  }
}

/** The last answer, and all turns before its prompt. */
export function lastIn({ context, response, earlier }: Exchange): Said {
  return { answers: [response], before: earlier?.map(({ text }) => text) ?? [context] }
}

/** The first of these answers that holds the run of words; the record's last answer where none does. */
export function answerWith([last = '', ...earlier]: readonly string[], run: string): string {
  if (earlier.length === 0) return last
  return [last, ...earlier].find((answer) => holdsRun(answer, run)) ?? last
}
