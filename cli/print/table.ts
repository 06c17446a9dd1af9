import { paint, type Look, type Style } from '#present/look.ts'
import { displayWidth, padEnd, padStart, truncate, visible, wrap } from '#present/text.ts'

export interface Column {
  readonly header: string
  readonly align?: 'left' | 'right'
  /** May be cut to fit the terminal; other columns keep their width. */
  readonly shrink?: boolean
}

export type Cell = string | { readonly text: string; readonly style?: Style | undefined }

const GAP = '  '
const NARROWEST = 8
/** A column that is cut to less says nothing any more. */
const LEGIBLE = 12

/**
 * Aligned columns, a dim header line, an optional footer under a rule. Cells are made safe to show and fit the width; where the
 * terminal is too narrow for columns, a block of lines for each row.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  look: Look,
  footer?: readonly Cell[],
): string {
  const body = [...rows, ...(footer ? [footer] : [])].map((row) => row.map(cellText))
  const natural = columns.map((column, at) =>
    Math.max(displayWidth(column.header), ...body.map((row) => displayWidth(row[at] ?? ''))),
  )
  const widths = fit(columns, natural, look.width)
  const isCut = widths.some((width, at) => width < Math.min(LEGIBLE, natural[at] ?? 0))
  if (isCut || across(widths) > look.width) {
    return [...rows, ...(footer ? [footer] : [])].map((row) => renderBlock(columns, row, look)).join('\n')
  }
  const line = (cells: readonly Cell[], forced?: Style) =>
    columns
      .map((column, at) => {
        const cell = cells[at] ?? ''
        const text = truncate(cellText(cell), widths[at] ?? 0)
        const last = at === columns.length - 1 && column.align !== 'right'
        const padded =
          column.align === 'right' ? padStart(text, widths[at] ?? 0) : last ? text : padEnd(text, widths[at] ?? 0)
        return paint(look, forced ?? (typeof cell === 'string' ? undefined : cell.style), padded)
      })
      .join(GAP)
      .trimEnd()
  const header = line(
    columns.map((column) => column.header),
    'dim',
  )
  const lines = [header, ...rows.map((row) => line(row))]
  if (footer) {
    lines.push(paint(look, 'dim', '─'.repeat(across(widths))), line(footer))
  }
  return lines.join('\n')
}

function across(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1)
}

/** The first cell by itself, and below it each other one behind its column's name. */
function renderBlock(columns: readonly Column[], row: readonly Cell[], look: Look): string {
  const [first = '', ...others] = row
  const named = Math.max(...columns.slice(1).map(({ header }) => displayWidth(header)), 0)
  const indent = ' '.repeat(GAP.length + named + GAP.length)
  const lines = others.flatMap((cell, at) => {
    const text = cellText(cell)
    if (text === '') return []
    const parts = wrap(text, Math.max(NARROWEST, look.width - indent.length))
    const style = typeof cell === 'string' ? undefined : cell.style
    const name = padEnd(columns[at + 1]?.header ?? '', named)
    return parts.map(
      (part, i) => `${i === 0 ? `${GAP}${paint(look, 'dim', name)}${GAP}` : indent}${paint(look, style, part)}`,
    )
  })
  const style = typeof first === 'string' ? 'strong' : (first.style ?? 'strong')
  return [paint(look, style, cellText(first)), ...lines].join('\n')
}

function cellText(cell: Cell): string {
  return visible(typeof cell === 'string' ? cell : cell.text)
}

/** Takes from the widest shrinkable column until the line fits, or all of them are at their narrowest. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let over = across(widths) - width
  while (over > 0) {
    let widest = -1
    for (const [at, column] of columns.entries()) {
      if (column.shrink && (widths[at] ?? 0) > Math.max(NARROWEST, widths[widest] ?? 0)) widest = at
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    over -= 1
  }
  return widths
}
