import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from '../../../view/build-input.ts'
import type { TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { labelsByLaw } from './laws.ts'

const N = 2000
const PLANTED = 40

interface Row {
  taken: number
  prescribed: number
  visits: number
  label: number
}

/** Whether the label of what holds values comes by a law of two columns: what is taken and not prescribed. `change` has the last word on each row. */
function asked(holding: Partial<Row>, label: number, change: (row: Row, i: number) => void = () => {}) {
  const random = seededRandom(5, 'laws test')
  const rows = Array.from({ length: N }, (_, i) => {
    const taken = random.below(5)
    const prescribed = random.below(taken + 1)
    // Who has been seen is prescribed more of what he takes.
    const row = { taken, prescribed, visits: prescribed + random.below(2), label: taken - prescribed }
    change(row, i)
    return row
  })
  const names = ['taken', 'prescribed', 'visits'] as const
  const columns = names.map((name): TableColumn => ({
    name,
    type: 'number',
    values: Float64Array.from(rows, (row) => row[name]),
  }))
  const own = Object.entries(holding) as [keyof Row, number][]
  const held = Int32Array.from(rows.keys()).filter((i) => own.every(([name, value]) => rows[i]![name] === value))
  const labels = groupBy(rows.map((row) => String(row.label)))!
  const tokens = { columns: () => own.map(([name]) => name) } as unknown as TokenMatrix
  expect(held.length).toBeGreaterThan(20)
  return labelsByLaw(columns, tokens, () => held, labels)(0, labels.names.indexOf(String(label)))
}

describe('labels that two columns say together', () => {
  test('are no doing of a case of theirs, of one of their values, nor of what goes with them', () => {
    expect(asked({ taken: 3, prescribed: 1 }, 2)).toBe(true)
    expect(asked({ taken: 3 }, 2)).toBe(true)
    expect(asked({ taken: 1, visits: 0 }, 1)).toBe(true)
    expect(asked({ visits: 0 }, 1)).toBe(true)
  })

  test('are somebody’s doing where a value brings one that they do not say', () => {
    const planted = (row: Row, i: number) => i < PLANTED && Object.assign(row, { visits: 9, label: 0 })
    expect(asked({ visits: 9 }, 0, planted)).toBe(false)
  })

  test('are somebody’s doing where a new value of one of them brings one label', () => {
    const planted = (row: Row, i: number) => i < PLANTED && Object.assign(row, { taken: 7, label: 1 })
    expect(asked({ taken: 7 }, 1, planted)).toBe(false)
  })

  test('are said by two columns where somebody replaced some, of one label or of any', () => {
    const any = (row: Row, i: number) => i % 16 === 0 && Object.assign(row, { label: (i / 16) % 5 })
    const ofOne = (row: Row, i: number) => row.label === 1 && i % 8 === 0 && Object.assign(row, { label: 0 })
    for (const replaced of [any, ofOne]) {
      expect(asked({ taken: 3, prescribed: 1 }, 2, replaced)).toBe(true)
      expect(asked({ visits: 0 }, 1, replaced)).toBe(true)
    }
  })

  test('are somebody’s doing where some of the pairs alone go against them', () => {
    const uneven = (row: Row, i: number) => row.taken === 3 && i % 3 === 0 && Object.assign(row, { label: 0 })
    expect(asked({ taken: 4, prescribed: 2 }, 2, uneven)).toBe(false)
  })

  test('are not said by two columns where many labels go against them', () => {
    const noisy = (row: Row, i: number) => i % 5 === 0 && Object.assign(row, { label: (i / 5) % 4 })
    expect(asked({ visits: 0 }, 1, noisy)).toBe(false)
  })
})
