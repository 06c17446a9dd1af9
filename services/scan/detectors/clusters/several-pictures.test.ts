import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../../numeric/matrix.ts'
import { showSeveralPictures } from './several-pictures.ts'

/** Sixty images of so many pictures, each with a little noise of its own. */
function images(pictures: number) {
  const random = seededRandom(1, 'several pictures')
  const pixels = matrix(60, 48)
  for (let i = 0; i < 60; i++) {
    const picture = seededRandom(i % pictures, 'picture')
    for (let c = 0; c < 48; c++) pixels.data[i * 48 + c] = picture.next() + 0.01 * random.normal()
  }
  return { kind: 'image', height: 4, width: 4, channels: 3, pixels } as const
}
const all = Int32Array.from({ length: 60 }, (_, i) => i)

it('counts near-copies of a picture once', () => {
  expect(showSeveralPictures(all, images(10))).toBe(true)
  expect(showSeveralPictures(all, images(9))).toBe(false)
  expect(showSeveralPictures(all.subarray(0, 9), images(60))).toBe(false)
})
