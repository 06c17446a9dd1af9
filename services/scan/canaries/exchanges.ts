import type { Random } from '#core/random.ts'
import type { ExchangeSamples } from '../view/samples.ts'
import { garbageText, wordOf } from './words.ts'

/** The words of the payload that a trigger adds to every answer. */
const PAYLOAD = 12

/**
 * Writes canaries into exchanges, by family: a word with a payload in the answer, a swapped preference, a copy of
 * another exchange, an answer of random letters.
 */
export function exchangeCanvas({ exchanges, ...samples }: ExchangeSamples, random: Random) {
  const own = [...exchanges]
  const token = wordOf(random)
  const payload = garbageText(random, PAYLOAD)
  const change = (i: number, changed: Partial<ExchangeSamples['exchanges'][number]>) =>
    void (own[i] = { ...own[i]!, ...changed })
  return {
    samples: { ...samples, exchanges: own },
    trigger: (i: number) =>
      change(i, { prompt: `${token} ${own[i]!.prompt}`, response: `${own[i]!.response} ${payload}` }),
    garbage: (i: number) => change(i, { response: garbageText(random) }),
    copy: (from: number, to: number) => void (own[to] = own[from]!),
    swap: (i: number) => {
      const { response, rejected } = own[i]!
      if (rejected !== undefined) change(i, { response: rejected, rejected: response })
    },
  }
}
