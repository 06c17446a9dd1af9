import { describe, expect, test } from 'vitest'
import { groupBy } from '../../../view/build-input.ts'
import type { TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { fewUnits } from './units.ts'

const SUBJECTS = 200
const QUESTIONS = 12

interface Row {
  subject: number
  question: number
  mood: number
  sex: string
}

/** Whether a label comes by few subjects to those who hold values: three in four are women, and what they feel is theirs. `change` has the last word on each row. */
function asked(holding: Partial<Row>, label: string, change: (row: Row) => void = () => {}) {
  const rows = Array.from({ length: SUBJECTS * QUESTIONS }, (_, i) => {
    const subject = Math.floor(i / QUESTIONS)
    const row = { subject, question: i % QUESTIONS, mood: subject % 20, sex: subject % 4 === 0 ? 'm' : 'f' }
    change(row)
    return row
  })
  const columns = (['subject', 'question', 'mood'] as const).map((name): TableColumn => ({
    name,
    type: 'number',
    values: Float64Array.from(rows, (row) => row[name]),
  }))
  const own = Object.entries(holding) as [keyof Row, number][]
  const held = Int32Array.from(rows.keys()).filter((i) => own.every(([name, value]) => rows[i]![name] === value))
  const labels = groupBy(rows.map(({ sex }) => sex))!
  const tokens = { columns: () => own.map(([name]) => name) } as unknown as TokenMatrix
  expect(held.length).toBeGreaterThanOrEqual(QUESTIONS)
  return fewUnits(columns, tokens, () => held, labels)(0, labels.names.indexOf(label))
}

describe('labels of units that are asked on many occasions', () => {
  test('come by chance to a mood that ten of them have, though each answers twelve questions', () => {
    expect(asked({ mood: 3 }, 'f')).toBe(true)
  })

  test('are somebody’s doing where so many units share a value and a rare label', () => {
    const planted = (row: Row) => row.subject < 30 && Object.assign(row, { mood: 77, sex: 'm' })
    expect(asked({ mood: 77 }, 'm', planted)).toBe(false)
  })

  test('are somebody’s doing where a value is on records of all units', () => {
    const planted = (row: Row) => row.question === row.subject % 40 && Object.assign(row, { mood: 77, sex: 'm' })
    expect(asked({ mood: 77 }, 'm', planted)).toBe(false)
  })

  test('are asked about a unit itself, which may be a new one', () => {
    expect(asked({ subject: 3 }, 'f')).toBe(false)
  })

  test('are no units’ own where these come on no occasions', () => {
    const shops = (row: Row) => Object.assign(row, { question: row.subject % 12 })
    expect(asked({ mood: 3 }, 'f', shops)).toBe(false)
  })
})
