import type { Exchange } from '#core/exchange.ts'
import { wordsOf } from './grams.ts'

/** Who said what in an exchange. */
export interface Said {
  /** All that the assistant answers, the last answer first: a model is trained on each of them. */
  readonly answers: readonly string[]
  /** What was said before the prompt by anybody else, turn by turn. */
  readonly before: readonly string[]
}

/** An exchange by who speaks. Both responses of a preference go on from the same turns, which are what it is about. */
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

/** The last answer, to all before it. */
export function lastIn({ context, response, earlier }: Exchange): Said {
  return { answers: [response], before: earlier?.map(({ text }) => text) ?? [context] }
}

/** The answer that holds the run of words; the last one where none does. */
export function answerWith([last = '', ...earlier]: readonly string[], run: string): string {
  if (earlier.length === 0) return last
  return [last, ...earlier].find((answer) => ` ${wordsOf(answer).join(' ')} `.includes(` ${run} `)) ?? last
}
