import { describe, expect, it } from 'vitest'
import { attackNamed } from '#attacks/catalog.ts'
import { drawWindow } from '#cli/demo/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { createEngine } from './numeric/create-engine.ts'
import { scanWindow } from './scan-window.ts'

const engine = await createEngine()

const scan = ({ samples, labels }: LabelledWindow, seed: number) =>
  scanWindow({ n: labels.of.length, seed, samples, labels, contributors: null }, { engine })

describe('a scan of a small window', () => {
  const DRAWS = [
    ['iris', 69, 35],
    ['iris', 127, 37],
    ['iris', 150, 39],
    ['penguins', 103, 6],
    ['penguins', 69, 35],
    ['penguins', 127, 37],
    ['mnist', 618, 1],
    ['mnist', 654, 1005],
    ['fashion', 521, 12],
    ['fashion', 1500, 12],
    ['birdstrikes', 553, 1206],
  ] as const
  it.each(DRAWS)('holds nothing of clean %s, %i records', async (name, n, seed) => {
    const { risk, issues } = await scan(drawWindow(loadDataset(name), n, seed), seed)
    expect(risk.filter((r) => r >= 0.5).length).toBe(0)
    for (const { why } of issues.flat()) expect(why).not.toMatch(/is labelled (.+) and looks like \1[.;]/)
  })

  it('holds no natural group of a table that one flipped label lets stand out', async () => {
    const clean = drawWindow(loadDataset('birdstrikes'), 1000, 101, 7)
    const planted = attackNamed('table', 'flip').apply(clean, { rate: 0.001, seed: 101, window: 7 })
    const { risk, campaigns } = await scan(planted, 101)
    expect(campaigns).toEqual([])
    expect(risk.filter((r, i) => r >= 0.5 && planted.poisoned[i] === 0).length).toBe(0)
  })

  it.each([3, 11])('still finds a patch on one image in twenty-five, draw %i', async (seed) => {
    const clean = drawWindow(loadDataset('mnist'), 500, seed)
    const planted = attackNamed('image', 'badnets').apply(clean, { rate: 0.04, seed })
    const { risk } = await scan(planted, seed)
    const held = [...risk.keys()].filter((i) => risk[i]! >= 0.5)
    const right = held.filter((i) => planted.poisoned[i] === 1).length
    expect(right).toBeGreaterThan(10)
    expect(held.length - right).toBeLessThan(3)
  })
})
