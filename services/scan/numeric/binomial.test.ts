import { expect, it } from 'vitest'
import { logTailOfBinomial } from './binomial.ts'

it.each([
  [3, 1, 0.5, Math.log(7 / 8)],
  [9, 9, 0.13, 9 * Math.log(0.13)],
  [10, 0, 0.3, 0],
  [1, 1, 1e-300, Math.log(1e-300)],
  // 130 of 300, each of 1.3 %: some e^-365.
  [300, 130, 0.013, -364.572],
  // Four failures or more of 1,000, each of 1e-4, are 3.8e-6.
  [1000, 997, 1 - 1e-4, -3.825e-6],
])('of %i tries %i or more of chance %f have this probability', (count, least, chance, log) => {
  expect(logTailOfBinomial(count, least, chance)).toBeCloseTo(log, Math.abs(log) > 300 ? 2 : 9)
})
