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
