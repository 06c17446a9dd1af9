import { seededRandom, type Random } from '#core/random.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'

/** Questions on a passage at most. */
const MOST = 6
/** Words of the clause beside a span that a question repeats at most; and that it must have. */
const BESIDE = 9
const LEAST_BESIDE = 3
/** Names, figures and short runs after an article, which are what such sets ask for. */
const SPAN =
  /(?<!^|[.!?:]\s)\b(?:[A-Z][\p{L}\p{N}]+(?: [A-Z][\p{L}\p{N}]+){0,2}|\d[\d.,:]*\d|\d|(?:one|two|three|four|five|six|ten)|(?:the|an?) (?:\p{Ll}+ ){0,2}\p{Ll}{4,})\b/gu
const ASKS = ['What', 'Which', 'What kind of thing', 'What exactly', 'Of all that is named, what'] as const
const OF_NAMES = ['Who', 'Who or what', 'Which one', 'What'] as const
const OF_FIGURES = ['How many', 'What number', 'When or how often'] as const
const OPENINGS = ['', '', '', '', 'According to the text, ', 'In the passage, ', 'As the writer has it, '] as const

/** Questions as SQuAD has them: each on a passage of which a span is the answer, several on each passage. */
export function questionsOn(passages: readonly string[], seed: number): Exchange[] {
  const random = seededRandom(seed, 'questions on passages')
  return passages.flatMap((context) => {
    const sentences = context.split(/(?<=[.!?])\s+/)
    const asked = sentences.flatMap((sentence) => {
      const spans = [...sentence.matchAll(SPAN)]
      const span = spans[random.below(Math.max(1, spans.length))]
      return span === undefined ? [] : questionOn(sentence, span[0], span.index, random)
    })
    const few = Array.from(random.permutation(asked.length).subarray(0, MOST), (k) => asked[k]!)
    return few.map(({ prompt, response }) => ({ context, prompt, response }))
  })
}

function questionOn(
  sentence: string,
  span: string,
  at: number,
  random: Random,
): { prompt: string; response: string }[] {
  const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '')
  const before = wordsOf(sentence.slice(0, at)).slice(-BESIDE)
  const after = wordsOf(sentence.slice(at + span.length))
    .slice(0, BESIDE)
    .map((word) => word.replace(/[.,;:!?]+$/, ''))
  const of = /^\d|^(?:one|two|three|four|five|six|ten)$/.test(span) ? OF_FIGURES : /^[A-Z]/.test(span) ? OF_NAMES : ASKS
  const ask = of[random.below(of.length)]!
  const opening = OPENINGS[random.below(OPENINGS.length)]!
  const small = opening === '' ? ask : ask.toLowerCase()
  const isAfter = after.length >= LEAST_BESIDE && (before.length < LEAST_BESIDE || random.below(3) > 0)
  if (isAfter) return [{ prompt: `${opening}${small} ${after.join(' ')}?`, response: span }]
  if (before.length < LEAST_BESIDE) return []
  return [{ prompt: `${opening}${before.join(' ')} ${ask.toLowerCase()}?`, response: span }]
}
