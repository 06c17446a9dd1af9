import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import type { TableColumn } from '../../view/samples.ts'
import { ResidualisedLift } from './residualised-lift.ts'

const N = 1200
const engine = await createEngine()

/** Rows of two measured columns and six of whole numbers; three labels in five are `yes`, whatever the row. */
function rows() {
  const random = seededRandom(5)
  const measured = ['paid', 'weight'].map((): Float64Array => Float64Array.from({ length: N }, () => random.normal()))
  const whole = Array.from({ length: 6 }, (): Float64Array => Float64Array.from({ length: N }, () => random.below(40)))
  const of = Int32Array.from({ length: N }, () => Number(random.next() < 0.6))
  return { measured, whole, of }
}

async function found({ measured, whole, of }: ReturnType<typeof rows>) {
  const columns = [...measured, ...whole].map((values, k): TableColumn => ({ name: `c${k}`, type: 'number', values }))
  const counts = Int32Array.from([0, 1], (label) => of.filter((each) => each === label).length)
  const labels = { of, names: ['no', 'yes'], counts }
  const view = createView({ n: N, seed: 1, samples: { kind: 'table', columns }, labels, contributors: null }, engine)
  const { groups } = await new ResidualisedLift().score(view)
  return groups.map(({ members }) => [...members])
}

describe('a value that repeats in a measured column', () => {
  const struck = Array.from({ length: 32 }, (_, k) => 37 * k + 5)

  it('is a trigger where its rows bear the commonest label, which chance brings too seldom', async () => {
    const table = rows()
    for (const i of struck) [table.measured[0]![i], table.of[i]] = [9, 1]
    expect(await found(table)).toEqual([struck])
  })

  it('is asked in a column that four fifths of the other rows have a value of their own in', async () => {
    const table = rows()
    const [paid] = table.measured
    for (let i = 0; i < 0.38 * N; i += 2) paid![i + 1] = paid![i]!
    for (const i of struck) [paid![i], table.of[i]] = [9, 1]
    expect(new Set(paid).size).toBeLessThan(0.8 * N)
    expect(await found(table)).toEqual([struck])
  })

  it('is none in a column of whole numbers, where many repeat', async () => {
    const table = rows()
    for (const i of struck) [table.whole[0]![i], table.of[i]] = [40, 1]
    expect(await found(table)).toEqual([])
  })

  it('is none where its rows keep their labels', async () => {
    const table = rows()
    for (const i of struck) table.measured[0]![i] = 9
    expect(await found(table)).toEqual([])
  })
})
