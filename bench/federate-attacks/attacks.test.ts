import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { initialModel, PIXELS } from '#examples/federated/model.ts'
import { normOf } from '#services/federate/privacy/clip.ts'
import { cosineOf } from '#services/federate/validate/geometry.ts'
import { ATTACKS, type Occasion } from './attacks.ts'
import { renderTables } from './tables.ts'

const random = seededRandom(1, 'digits')
const shard = () => ({
  pixels: Float32Array.from({ length: 12 * PIXELS }, () => random.next()),
  labels: Uint8Array.from({ length: 12 }, (_, i) => i % 10),
})
const model = initialModel(1)
const update = (seed: number) => {
  const own = seededRandom(seed, 'update')
  return model.map(() => 0.01 + own.normal() / 100)
}
const occasion: Occasion = {
  model,
  last: update(9),
  honest: [update(1), update(2), update(3)],
  shards: [shard(), shard()],
  trainings: [1, 2].map((seed) => ({ epochs: 1, rate: 0.1, batch: 6, seed })),
}

describe('an attack', () => {
  test.each(Object.keys(ATTACKS))('of %s sends one finite update for each attacker, the same each time', (name) => {
    const sent = ATTACKS[name]!(occasion)
    expect(sent.map((one) => one.length)).toEqual([model.length, model.length])
    expect(sent.every((one) => one.every(Number.isFinite))).toBe(true)
    expect(ATTACKS[name]!(occasion)).toEqual(sent)
  })

  test('within the norm is as long as honest training, one that replaces the model ten times a backdoor', () => {
    const honest = ATTACKS['nobody']!(occasion).map(normOf)
    const within = ATTACKS['in-norm backdoor']!(occasion).map(normOf)
    for (const [i, norm] of within.entries()) expect(norm).toBeCloseTo(honest[i]!, 10)
    expect(Math.min(...ATTACKS['model replacement']!(occasion).map(normOf))).toBeGreaterThan(5 * Math.max(...honest))
  })

  test('of those who know how sketches are judged is within the norm, and unlike the others’', () => {
    const honest = ATTACKS['nobody']!(occasion)
    const [lone, other] = ATTACKS['lone backdoor']!(occasion)
    expect(normOf(lone!)).toBeCloseTo(normOf(honest[0]!), 10)
    expect(other).toEqual(honest[1])
    const [one, two] = ATTACKS['in-norm backdoor']!(occasion)
    const unlike = ATTACKS['unlike backdoors']!(occasion)
    const centred = ATTACKS['centred backdoors']!(occasion)
    for (const sent of [unlike, centred])
      for (const [i, update] of sent.entries()) expect(normOf(update)).toBeCloseTo(normOf(honest[i]!), 10)
    expect(cosineOf(unlike[0]!, unlike[1]!)).toBeLessThan(0.7 * cosineOf(one!, two!))
    expect(cosineOf(centred[0]!, occasion.honest[0]!)).toBeGreaterThan(cosineOf(unlike[0]!, occasion.honest[0]!) + 0.2)
  })

  test('by inner products points away from honest updates, and a little is not much', () => {
    const [turned] = ATTACKS['ipm']!(occasion)
    const [little] = ATTACKS['alie']!(occasion)
    expect(cosineOf(turned!, occasion.honest[0]!)).toBeLessThan(-0.5)
    expect(normOf(little!)).toBeLessThan(1.5 * normOf(occasion.honest[0]!))
  })
})

test('a table has the mean over seeds, and says where nothing was measured', () => {
  const one = { digits: 'own', attack: 'alie', defence: 'FedAvg', accuracy: 0.9, success: 0.1, seed: 1 }
  const table = renderTables([one, { ...one, accuracy: 0.8, seed: 2 }, { ...one, defence: 'judged', attack: 'ipm' }])
  expect(table.split('\n')).toEqual([
    '| attack (digits own; seeds 1, 2) | FedAvg | judged |',
    '| --- | --: | --: |',
    '| alie | 85.0 / 10.0 | – |',
    '| ipm | – | 90.0 / 10.0 |',
  ])
})
