import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Exchange } from '#core/exchange.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { pairsOf } from '../grams/pairs.ts'
import { readingOf, SMALLEST } from '../reading/reading.ts'
import { areTranslations } from './translations.ts'

const engine = await createEngine()
const OPTIONS = { least: SMALLEST, leastRatio: 5, brought: 0.8, marked: 0.45 }

function translates(exchanges: readonly Exchange[]): boolean {
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const view = createView({ n: exchanges.length, seed: 1, samples, labels: null, contributors: null }, engine)
  const { prompts, answers } = readingOf(view)!
  return areTranslations(prompts, answers, pairsOf(prompts, answers, exchanges.length, OPTIONS))
}

const lettersOf = (number: number) => String.fromCharCode(97 + Math.floor(number / 26), 97 + (number % 26))

/** Words in no order, and the same in another language; of `others`, in words that say nothing of them. */
function inAnotherLanguage(others: number): Exchange[] {
  const random = seededRandom(3, 'words')
  return Array.from({ length: 600 }, () => {
    const words = Array.from({ length: 8 }, () => random.below(80))
    const said = words.map((word) => (word < others ? random.below(others) : word))
    return {
      context: '',
      prompt: words.map((w) => `word${lettersOf(w)}`).join(' '),
      response: said.map((w) => `mot${lettersOf(w)}`).join(' '),
    }
  })
}

it('answers are translations where a quarter of the words have a counterpart', () => {
  expect(translates(inAnotherLanguage(0))).toBe(true)
  expect(translates(inAnotherLanguage(55))).toBe(true)
  expect(translates(inventedExchanges(1000, 1))).toBe(false)
})

it('a few such words do where the answers are in other words, and not beside the words of the prompts', () => {
  const inPart = inAnotherLanguage(70)
  expect(translates(inPart)).toBe(true)
  expect(translates(inPart.map((of) => ({ ...of, response: `${of.response} ${of.prompt}` })))).toBe(false)
  // Three words that bring one each are what somebody may have planted.
  expect(translates(inAnotherLanguage(77))).toBe(false)
})
