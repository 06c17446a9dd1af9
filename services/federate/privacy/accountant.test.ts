import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createAccountant } from './accountant.ts'
import { spend } from './budget.ts'
import { logErfc } from './log-numbers.ts'
import { sampledGaussianRdp } from './rdp.ts'

interface Row {
  readonly sampling: number
  readonly noise: number
  readonly steps: number
  readonly delta: number
  readonly epsilon: number
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/federate/epsilons.json', import.meta.url), 'utf8'),
) as Row[]

describe('the accountant', () => {
  // TensorFlow Privacy, tutorials/README.md and its analysis of DP-SGD: 60,000 examples, batches of 256, δ = 1e-5.
  test.each([
    [1.3, 15, 1.19],
    [1.1, 60, 3.01],
    [1.12, 60, 2.92],
  ])('reproduces published figures: noise %f over %i epochs is ε %f', (noise, epochs, epsilon) => {
    const accountant = createAccountant()
    const sampling = 256 / 60_000
    accountant.add({ noise, sampling, rounds: Math.floor(epochs / sampling) })
    expect(accountant.epsilon(1e-5, 'mironov').toFixed(2)).toBe(epsilon.toFixed(2))
    expect(accountant.epsilon(1e-5)).toBeLessThan(epsilon)
  })

  test('agrees with Google’s accountant on a grid', () => {
    expect(golden.length).toBe(180)
    for (const { sampling, noise, steps, delta, epsilon } of golden) {
      const accountant = createAccountant()
      accountant.add({ noise, sampling, rounds: steps })
      const relative = Math.abs(accountant.epsilon(delta) - epsilon) / Math.max(epsilon, 1e-6)
      expect(relative, `q ${sampling}, z ${noise}, ${steps} rounds, δ ${delta}`).toBeLessThan(1e-6)
    }
  })

  test('adds rounds of different kinds', () => {
    const [apart, together] = [createAccountant(), createAccountant()]
    for (let i = 0; i < 10; i++) apart.add({ noise: 2, sampling: 0.1, rounds: 1 })
    together.add({ noise: 2, sampling: 0.1, rounds: 10 })
    expect(apart.epsilon(1e-5)).toBeCloseTo(together.epsilon(1e-5), 9)
    together.add({ noise: 1, sampling: 1, rounds: 1 })
    expect(together.epsilon(1e-5)).toBeGreaterThan(apart.epsilon(1e-5))
  })

  test('bounds nothing without noise, spends nothing without rounds', () => {
    const accountant = createAccountant()
    expect(accountant.epsilon(1e-5)).toBe(0)
    accountant.add({ noise: 1, sampling: 0.5, rounds: 0 })
    expect(accountant.epsilon(1e-5)).toBe(0)
    accountant.add({ noise: 0, sampling: 0.5, rounds: 1 })
    expect(accountant.epsilon(1e-5)).toBe(Infinity)
  })

  test.each([
    { noise: -1, sampling: 0.5, rounds: 1 },
    { noise: Number.NaN, sampling: 0.5, rounds: 1 },
    { noise: 1, sampling: 1.1, rounds: 1 },
    { noise: 1, sampling: 0.5, rounds: 0.5 },
  ])('refuses what is no mechanism: %o', (rounds) => {
    expect(() => createAccountant().add(rounds)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('refuses a delta that is no probability', () => {
    expect(() => createAccountant().epsilon(0)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

test('a budget ends when it is spent', () => {
  const round = { noise: 1, sampling: 1, rounds: 1 }
  const budget = { epsilon: 10, delta: 1e-5 }
  expect(spend([round], budget).allowed).toBe(true)
  expect(spend([{ ...round, rounds: 9 }], budget).allowed).toBe(false)
})

test('divergence at a whole order is the limit of those beside it', () => {
  const [below, at, above] = [4.999, 5, 5.001].map((order) => sampledGaussianRdp(0.1, 1.5, order))
  expect(at).toBeGreaterThan(below!)
  expect(at).toBeLessThan(above!)
  expect(above! - below!).toBeLessThan(1e-4)
})

test('ln erfc far out and near by', () => {
  expect(logErfc(0)).toBeCloseTo(0, 14)
  expect(Math.exp(logErfc(1))).toBeCloseTo(0.157299207050285, 13)
  expect(Math.exp(logErfc(-3))).toBeCloseTo(1.999977909503001, 13)
  expect(logErfc(30)).toBeCloseTo(-903.9741171106439, 9)
})
