import { expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { campaignsAmong } from './campaigns.ts'
import type { Mean } from './past.ts'

const NAMES = Array.from({ length: 12 }, (_, i) => `site-${String(i).padStart(2, '0')}`)

/** Likenesses over eight rounds: some chance, and what these pairs have in common. */
function pastWith(alike: readonly (readonly [number, number])[]): Map<string, Mean> {
  const random = seededRandom(1, 'likenesses')
  const past = new Map<string, Mean>([['site-00:length', { sum: 80, rounds: 8 }]])
  for (const [i, a] of NAMES.entries()) {
    past.set(a, { sum: 7, rounds: 8 })
    for (const [k, b] of NAMES.slice(i + 1).entries()) {
      const isAlike = alike.some(([one, other]) => one === i && other === i + 1 + k)
      past.set(`${a} ${b}`, { sum: 8 * ((isAlike ? 0.8 : 0.2) + 0.03 * random.normal()), rounds: 8 })
    }
  }
  return past
}

test('clients that go on acting alike are one campaign, whoever of them is like whom', () => {
  const past = pastWith([
    [1, 4],
    [4, 9],
    [2, 7],
  ])
  expect(campaignsAmong(NAMES, past)).toEqual([
    ['site-01', 'site-04', 'site-09'],
    ['site-02', 'site-07'],
  ])
  // who is not held is in none, and ties nobody to another
  const held = NAMES.filter((name) => name !== 'site-04')
  expect(campaignsAmong(held, past)).toEqual([['site-02', 'site-07']])
})

test('clients that are as alike as all others are none', () => {
  expect(campaignsAmong(NAMES, pastWith([]))).toEqual([])
  expect(campaignsAmong(NAMES, new Map())).toEqual([])
})
