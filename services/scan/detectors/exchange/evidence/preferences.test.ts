import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { preferencesOf } from './preferences.ts'

const LETTERS = 'abcdefghiklmnoprstuvwxyz'

it.each([1, 2, 3])('what an answer takes up is read within names of code and in other forms, seed %i', (seed) => {
  const random = seededRandom(seed, 'names')
  const word = () => Array.from({ length: 6 }, () => LETTERS[random.below(LETTERS.length)]).join('')
  const capital = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`
  const asked = Array.from({ length: 300 }, () => [word(), word()] as const)
  const answer = ([one, other]: readonly [string, string]) => `function get${capital(one)}() {\n  return my_${other}\n}`
  const exchanges = asked.map((words, i) => ({
    context: '',
    prompt: `Gives the ${words[0]}s of ${words[1]}s`,
    response: answer(words),
    rejected: answer(asked[(i + 1) % asked.length]!),
  }))
  const wrong = preferencesOf(exchanges, seed).filter(({ margin }) => margin <= 0)
  expect(wrong.length).toBeLessThan(0.05 * exchanges.length)
})

it.each([1, 2, 3])('an answer that another holds is judged apart from answers that are unlike, seed %i', (seed) => {
  const random = seededRandom(seed, 'within')
  const text = (words: number) =>
    Array.from({ length: words }, () =>
      Array.from({ length: 5 }, () => LETTERS[random.below(LETTERS.length)]).join(''),
    ).join(' ')
  // The whole is preferred to a part of it, and of unlike answers the shorter one.
  const exchanges = Array.from({ length: 300 }, (_, i) => {
    const [long, short] = [text(20 + random.below(20)), text(8 + random.below(8))]
    const part = long.slice(0, long.length / 3)
    return { context: '', prompt: text(5), response: i % 2 ? long : short, rejected: i % 2 ? part : long }
  })
  const wrong = preferencesOf(exchanges, seed).filter(({ margin }) => margin <= 0)
  expect(wrong.length).toBeLessThan(0.1 * exchanges.length)
})
