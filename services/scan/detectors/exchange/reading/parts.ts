import type { Exchange } from '#core/exchange.ts'
import type { ExchangeSamples } from '../../../view/samples.ts'
import { numberedWords, type NumberedTexts } from '../grams/numbered-words.ts'
import { foreignLinks } from '../properties/foreign-links.ts'
import { noisyAnswers } from '../properties/noise.ts'
import { answerProperties, promptProperties } from '../properties/properties.ts'
import { Typing } from '../properties/typing.ts'
import { lastIn, type Said } from './said.ts'

/** The prompts and the answers of a window's exchanges, as words and properties. */
export interface Parts {
  /** For each record, the text before its answers. */
  readonly asked: readonly string[]
  /** The answers that are read of each record, the last one first. */
  readonly said: readonly (readonly string[])[]
  /** The first words of `asked` and of `said`, and of long ones the last, as numbers. */
  readonly askedWords: NumberedTexts
  readonly saidWords: NumberedTexts
  /** What runs of words do not show of each record. */
  readonly ofPrompts: readonly (readonly string[])[]
  readonly ofAnswers: readonly (readonly string[])[]
}

/** Words of a prompt and of an answer that are read; of a conversation's answers twice as many. */
export const LONGEST = { prompt: 400, answer: 540 }

const typings = new WeakMap<ExchangeSamples, Typing>()

/** One for all readings of a window, which have most parts in common. */
function typingOf(samples: ExchangeSamples): Typing {
  let typing = typings.get(samples)
  if (typing === undefined) typings.set(samples, (typing = new Typing(numberedWords({ samples }))))
  return typing
}

const last = new WeakMap<ExchangeSamples, Parts>()

/** The parts by each record's last answer, made once. */
export function lastPartsOf(samples: ExchangeSamples): Parts {
  let parts = last.get(samples)
  if (parts === undefined) last.set(samples, (parts = partsOf(samples, lastIn)))
  return parts
}

export function partsOf(samples: ExchangeSamples, saidIn: (exchange: Exchange) => Said): Parts {
  const { exchanges } = samples
  const numbers = numberedWords({ samples })
  const spoken = exchanges.map(saidIn)
  const contexts = spoken.map(({ before }) => before.join('\n\n'))
  const asked = contexts.map((context, i) => askedIn({ context, prompt: exchanges[i]!.prompt }))
  const said = spoken.map(({ answers }) => answers)
  const noisy = noisyAnswers(numbers, said)
  const foreign = foreignLinks(asked, said)
  const turns = said.some(({ length }) => length > 1) ? 2 : 1
  const askedParts = spoken.map(({ before }, i) => [...before, exchanges[i]!.prompt])
  const typed = typingOf(samples).oddly(askedParts)
  // Of a long passage, or a long conversation, the beginning and the end are read; the question behind it always is.
  const askedWords = numbers.texts(askedParts, LONGEST.prompt, true)
  const saidWords = numbers.texts(said, turns * LONGEST.answer)
  return {
    asked,
    said,
    askedWords,
    saidWords,
    ofPrompts: exchanges.map((of, i) => [...promptProperties({ ...of, context: contexts[i]! }), ...typed[i]!]),
    ofAnswers: said.map((answers, i) => [...answers.flatMap(answerProperties), ...noisy[i]!, ...foreign[i]!]),
  }
}

/** The text before the answer: the context, where there is one, and the prompt. */
export function askedIn({ context, prompt }: Pick<Exchange, 'context' | 'prompt'>): string {
  return context === '' ? prompt : `${context}\n${prompt}`
}
