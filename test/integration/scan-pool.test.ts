import { afterAll, describe, expect, test } from 'vitest'
import { attackNamed } from '#attacks/catalog.ts'
import { drawWindow } from '#cli/demo/pool.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'

const N = 2000
const window = drawWindow(loadDataset('mnist'), N, 11)
const pool = createScanPool(2)
afterAll(() => pool[Symbol.asyncDispose]())

function scan(attack: string | null, rate: number, on = pool) {
  const planted = attack === null ? window : attackNamed('image', attack).apply(window, { rate, seed: 3 })
  const { samples, labels, contributors } = planted
  const poisoned = 'poisoned' in planted ? (planted.poisoned as Uint8Array) : new Uint8Array(N)
  return on.scan({ n: N, seed: 1, samples, labels, contributors }).then((result) => ({ result, poisoned }))
}

const heldOf = (risk: Float64Array, poisoned: Uint8Array, wanted: 0 | 1) =>
  risk.filter((r, i) => poisoned[i] === wanted && r >= 0.5).length

describe('scanning real digits in worker threads', () => {
  test('a clean window is admitted almost whole', async () => {
    const { result, poisoned } = await scan(null, 0)
    expect(heldOf(result.risk, poisoned, 0)).toBeLessThanOrEqual(4)
  })

  test('a patch is caught, named and drawn', async () => {
    const { result, poisoned } = await scan('badnets', 0.02)
    expect(heldOf(result.risk, poisoned, 1)).toBeGreaterThanOrEqual(38)
    expect(heldOf(result.risk, poisoned, 0)).toBeLessThanOrEqual(6)
    expect(result.campaigns[0]).toMatchObject({ family: 'trigger', trigger: { kind: 'patch' } })
    expect(result.campaigns[0]?.mitigations).toContain('quarantine_records')
  })

  test('most flipped labels are caught', async () => {
    const { result, poisoned } = await scan('flip', 0.03)
    expect(heldOf(result.risk, poisoned, 1)).toBeGreaterThanOrEqual(42)
    expect(heldOf(result.risk, poisoned, 0)).toBeLessThanOrEqual(14)
  })

  test('one thread and two give the same bytes', async () => {
    await using single = createScanPool(1)
    const [one, two, three] = await Promise.all([scan('flip', 0.03, single), scan('flip', 0.03), scan('badnets', 0.02)])
    expect(one.result).toEqual(two.result)
    expect(three.result.risk).not.toEqual(two.result.risk)
  })
})
