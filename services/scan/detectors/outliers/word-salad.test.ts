import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { WordSalad } from './word-salad.ts'

const random = seededRandom(3, 'word salad')
const WORDS = Array.from({ length: 400 }, (_, at) => `word${at}`)
/** Each word is followed by one of six. */
const prose = (length = 220) => {
  let at = random.below(WORDS.length)
  return Array.from({ length }, () => WORDS[(at = (at * 7 + 31 * random.below(6) + 1) % WORDS.length)]!).join(' ')
}
const salad = (length = 220) => Array.from({ length }, () => WORDS[random.below(WORDS.length)]!).join(' ')
const proses = Array.from({ length: 300 }, () => prose())

async function found(texts: readonly string[]) {
  const input = { n: texts.length, samples: { kind: 'text', texts } as const, labels: null, contributors: null }
  const detection = await new WordSalad().score(createView({ ...input, seed: 0 }, await createEngine()))
  return { ...detection, held: detection.groups.flatMap(({ members }) => Array.from(members)) }
}

it('finds texts of known words that stand in no order that others have', async () => {
  const detection = await found([...proses, ...Array.from({ length: 8 }, () => salad())])
  expect(detection.held).toEqual(Array.from({ length: 8 }, (_, at) => 300 + at))
  expect(detection.groups[0]!.summary).toBe('8 texts of words that others have, in an order that no other has')
  expect(detection.why(300)).toMatch(/^Of \d+ pairs of words that others have, others hold \d+ in this order\.$/)
  expect(detection.why(0)).toBe('')
})

it('finds nothing among texts that keep their order, and takes fewer than five for oddities', async () => {
  expect((await found(proses)).scores.every((score) => score === 0)).toBe(true)
  const { held, scores } = await found([...proses, ...Array.from({ length: 4 }, () => salad())])
  expect(held).toEqual([])
  expect([...scores.subarray(300)].every((score) => score > 0)).toBe(true)
})

it('asks neither short texts nor those whose words no other has', async () => {
  const own = Array.from({ length: 8 }, (_, text) => Array.from({ length: 220 }, (_, at) => `${text}-${at}`).join(' '))
  expect((await found([...proses, ...Array.from({ length: 8 }, () => salad(60)), ...own])).held).toEqual([])
})

it('finds nothing where no text has an order', async () => {
  expect((await found(Array.from({ length: 300 }, () => salad()))).held).toEqual([])
})
