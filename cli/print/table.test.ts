import { describe, expect, it } from 'vitest'
import { lookOf, PLAIN, type Look } from '#present/look.ts'
import { renderTable } from './table.ts'

const columns = [{ header: 'name', shrink: true }, { header: 'records', align: 'right' }, { header: 'state' }] as const
const rows = [
  ['digits', '60,000', { text: 'committed', style: 'good' }],
  ['漢字', '12', 'staged'],
] as const

describe('a table', () => {
  it('aligns its columns by what the eye sees', () => {
    expect(renderTable(columns, rows, PLAIN, ['total', '60,012'])).toBe(
      [
        'name    records  state',
        'digits   60,000  committed',
        '漢字         12  staged',
        '──────────────────────────',
        'total    60,012',
      ].join('\n'),
    )
  })

  it('cuts the columns that may shrink until the line fits the terminal', () => {
    const text = renderTable(columns, [['a-very-long-name-indeed', '1', 'x']], { ...PLAIN, width: 30 })
    expect(text.split('\n')[1]).toBe('a-very-long-n…        1  x')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(30)
  })

  it('gives each row a block of lines where the terminal is too narrow for columns', () => {
    const wide = [
      { header: 'dataset' },
      { header: 'records', align: 'right' },
      { header: 'why', shrink: true },
    ] as const
    const why = 'looks like versicolor and is labelled setosa'
    const text = renderTable(
      wide,
      [
        ['flowers-of-the-garden', '1,234', { text: why, style: 'warn' }],
        ['x', '2', ''],
      ],
      {
        ...PLAIN,
        width: 34,
      },
    )
    expect(text).toBe(
      [
        'flowers-of-the-garden',
        '  records  1,234',
        '  why      looks like versicolor',
        '           and is labelled setosa',
        'x',
        '  records  2',
      ].join('\n'),
    )
  })

  it('lets no cell act on the terminal or break the line', () => {
    const text = renderTable(columns, [['x\u001B[2J\ny', '1', 'z']], { ...PLAIN, depth: 4 })
    expect(text).toContain('x⟨U+001B⟩[2J y')
    expect(text.split('\n')).toHaveLength(2)
  })

  it('colours only where there are colours', () => {
    const coloured: Look = { ...PLAIN, depth: 4 }
    expect(renderTable(columns, rows, coloured)).toContain('\u001B[32mcommitted\u001B[39m')
    expect(renderTable(columns, rows, PLAIN)).not.toContain('\u001B')
  })
})

describe('what the other end can show', () => {
  const terminal = { isTTY: true, columns: 120, getColorDepth: () => 24 }

  it('is everything on a terminal, and nothing in a pipe', () => {
    expect(lookOf(terminal, {})).toEqual({ width: 120, depth: 24, live: true })
    expect(lookOf({}, {})).toEqual(PLAIN)
  })

  it('heeds NO_COLOR, FORCE_COLOR over it, and a dumb terminal', () => {
    expect(lookOf(terminal, { NO_COLOR: '1' }).depth).toBe(1)
    expect(lookOf(terminal, { NO_COLOR: '' }).depth).toBe(24)
    expect(lookOf({}, { NO_COLOR: '1', FORCE_COLOR: '3' }).depth).toBe(24)
    expect(lookOf(terminal, { FORCE_COLOR: '0' }).depth).toBe(1)
    expect(lookOf(terminal, { TERM: 'dumb' })).toEqual({ width: 120, depth: 1, live: false })
  })

  it('is not redrawn in a build log', () => {
    expect(lookOf(terminal, { CI: 'true' }).live).toBe(false)
  })
})
