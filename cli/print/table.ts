import { paint, type Look, type Style } from '#present/look.ts'
import { displayWidth, padEnd, padStart, truncate, visible } from '#present/text.ts'

export interface Column {
  readonly header: string
  readonly align?: 'left' | 'right'
  /** May be cut to fit the terminal; other columns keep their width. */
  readonly shrink?: boolean
}

export type Cell = string | { readonly text: string; readonly style?: Style | undefined }

const GAP = '  '
const NARROWEST = 8

/** Aligned columns, a dim header line, an optional footer under a rule. Cells are made safe to show and fit the width. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  look: Look,
  footer?: readonly Cell[],
): string {
  const body = [...rows, ...(footer ? [footer] : [])].map((row) => row.map(cellText))
  const widths = fit(
    columns,
    columns.map((column, at) =>
      Math.max(displayWidth(column.header), ...body.map((row) => displayWidth(row[at] ?? ''))),
    ),
    look.width,
  )
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
    const across = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1)
    lines.push(paint(look, 'dim', '─'.repeat(across)), line(footer))
  }
  return lines.join('\n')
}

function cellText(cell: Cell): string {
  return visible(typeof cell === 'string' ? cell : cell.text)
}

/** Takes from the widest shrinkable column until the line fits, or all of them are at their narrowest. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let over = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width
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
