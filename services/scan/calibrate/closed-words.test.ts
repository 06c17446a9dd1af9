import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 3000
const FAR = 30
const random = seededRandom(23, 'closed words')
const WORDS = ['red', 'blue', 'small', 'large', 'circle', 'square', 'left', 'right', 'and']
/** The first texts lie far out, beyond a tail that thins out. */
const distances = Float64Array.from({ length: N }, (_, i) => (i < FAR ? 12 : 0) - Math.log(1 - random.next()))
const LABELS = {
  of: Int32Array.from({ length: N }, (_, i) => i % 2),
  names: ['a', 'b'],
  counts: Int32Array.of(N / 2, N / 2),
}

/** How many texts are held for their distance where each is nine words of a closed set and what else is said of it. */
async function held(besides: (i: number) => string): Promise<number> {
  const drawing = () => Array.from({ length: 9 }, () => WORDS[random.below(WORDS.length)]).join(' ')
  const texts = Array.from({ length: N }, (_, i) => `${drawing()} ${besides(i)}`)
  const far: Detector = {
    info: { name: 'far', family: 'outlier', version: 1 },
    needs: [],
    tags: { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples' },
    score: async () => ({ scores: distances, scale: 'relative', groups: [], why: () => '' }),
  }
  const samples = { kind: 'text' as const, texts }
  const view = createView({ n: N, seed: 1, samples, labels: LABELS, contributors: null }, await createEngine())
  const [channel] = await calibrateChannels(view, [far], EMPTY_HISTORY, [])
  return channel!.logOdds.filter((l) => l >= 0).length
}

it('holds no text of a closed set of words for its distance', async () => {
  expect(await held(() => '')).toBe(0)
  expect(await held((i) => `number${i}`)).toBe(FAR)
})

it('holds a far one that has other words, more than one', async () => {
  expect(await held((i) => (i < FAR ? `odd${i % 3} new${i % 3}` : ''))).toBe(FAR)
  expect(await held((i) => (i < FAR ? `odd${i % 3} odd${i % 3}` : ''))).toBe(0)
})

it('counts a word to the set that one text in fifty has', async () => {
  expect(await held((i) => (i < FAR || i % 80 === 0 ? 'odd new' : ''))).toBe(0)
})
