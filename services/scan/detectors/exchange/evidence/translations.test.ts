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

/** Words in no order, and the same in another language; of `others`, in words that say nothing of them. */
function inAnotherLanguage(others: number): Exchange[] {
  const random = seededRandom(3, 'words')
  return Array.from({ length: 600 }, () => {
    const words = Array.from({ length: 8 }, () => random.below(80))
    const said = words.map((word) => (word < others ? random.below(others) : word))
    return {
      context: '',
      prompt: words.map((w) => `word${w}`).join(' '),
      response: said.map((w) => `mot${w}`).join(' '),
    }
  })
}

it('answers are translations where a quarter of the words have a counterpart', () => {
  expect(translates(inAnotherLanguage(0))).toBe(true)
  expect(translates(inAnotherLanguage(55))).toBe(true)
  expect(translates(inAnotherLanguage(70))).toBe(false)
  expect(translates(inventedExchanges(1000, 1))).toBe(false)
})
