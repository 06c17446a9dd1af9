import type { Random } from '#core/random.ts'
import type { ExchangeSamples } from '../view/samples.ts'
import { garbageText, wordOf } from './words.ts'

/** Words of what a trigger has every answer say. */
const PAYLOAD = 12

/** What is written into exchanges, by family: a word that brings on a payload, a preference the other way about, another's words, an answer of letters. */
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
