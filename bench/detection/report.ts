import { isBenign } from './cases.ts'
import type { Row } from './evaluate.ts'
import { goalOf } from './goals.ts'
import { mean } from './metrics.ts'

interface Cell {
  readonly dataset: string
  readonly attack: string
  readonly rate: number
  readonly rows: readonly Row[]
}

/** Rows that differ in their seed alone, together. */
export function cellsOf(rows: readonly Row[]): Cell[] {
  const cells = new Map<string, Row[]>()
  for (const row of rows) {
    const key = [row.dataset, row.attack, row.rate].join('\t')
    cells.set(key, [...(cells.get(key) ?? []), row])
  }
  return [...cells.values()].map((rows) => ({ ...rows[0]!, rows }))
}

const over = (cell: Cell, value: (row: Row) => number) => mean(cell.rows.map(value))

/** How far a cell falls short of its goal, weighing both figures; negative where it is met, NaN without a goal. */
function shortfall(cell: Cell): number {
  const goal = goalOf(cell.dataset, cell.attack, cell.rate)
  if (goal === null) return Number.NaN
  const [auroc, tpr] = goal
  return Math.max(auroc - over(cell, (row) => row.auroc), tpr - over(cell, (row) => row.tprAt1))
}

const three = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(3).replace(/^0/, ''))
const two = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(2).replace(/^0/, ''))
const percent = (value: number, digits = 1) => (Number.isNaN(value) ? '–' : (100 * value).toFixed(digits))

function familiesOf(cell: Cell): string {
  const names = new Set(cell.rows.flatMap((row) => Object.keys(row.families)))
  const shares = [...names].map((name) => ({
    name,
    poison: over(cell, (row) => row.families[name]?.[0] ?? 0),
    innocents: over(cell, (row) => row.families[name]?.[1] ?? 0),
  }))
  return shares
    .map(({ name, poison, innocents }) => `${name} ${percent(poison, 0)}/${percent(innocents, 2)}`)
    .join(', ')
}

/** Two markdown tables: planted windows, those farthest from their goal first, and windows without poison. */
export function markdown(rows: readonly Row[]): string {
  const cells = cellsOf(rows)
  const planted = cells.filter((cell) => !isBenign(cell.attack))
  const rank = (cell: Cell) => (Number.isNaN(shortfall(cell)) ? -1 : shortfall(cell))
  planted.sort((a, b) => rank(b) - rank(a))
  const clean = cells.filter((cell) => isBenign(cell.attack))
  clean.sort((a, b) => over(b, (row) => row.innocentsHeld) - over(a, (row) => row.innocentsHeld))
  return [...plantedTable(planted), '', ...cleanTable(clean), ''].join('\n')
}

function plantedTable(cells: readonly Cell[]): string[] {
  const lines = cells.map((cell) => {
    const goal = goalOf(cell.dataset, cell.attack, cell.rate)
    const found = cell.rows.filter(({ campaign }) => campaign !== 'none').length
    const named = cell.rows.filter(({ campaign }) => campaign === 'named').length
    const columns = [
      cell.dataset,
      cell.attack,
      percent(cell.rate),
      `${three(over(cell, (row) => row.auroc))}/${two(over(cell, (row) => row.tprAt1))}`,
      goal === null ? '' : `${three(goal[0])}/${two(goal[1])}${shortfall(cell) > 0 ? ' ✗' : ' ✓'}`,
      percent(over(cell, (row) => row.poisonHeld)),
      percent(
        over(cell, (row) => row.innocentsHeld),
        2,
      ),
      `${found}/${cell.rows.length}, ${named} named`,
      familiesOf(cell),
      over(cell, (row) => row.seconds).toFixed(1),
    ]
    return `| ${columns.join(' | ')} |`
  })
  return [
    '| data | attack | rate % | AUROC/TPR@1% | goal | poison held % | innocents held % | campaign | families: poison/innocents % | s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ]
}

function cleanTable(cells: readonly Cell[]): string[] {
  const lines = cells.map((cell) => {
    const worst = Math.max(...cell.rows.map((row) => row.innocentsHeld))
    const columns = [
      cell.dataset,
      cell.attack,
      percent(
        over(cell, (row) => row.innocentsHeld),
        3,
      ),
      percent(worst, 3),
      familiesOf(cell).replaceAll('–/', ''),
      over(cell, (row) => row.seconds).toFixed(1),
    ]
    return `| ${columns.join(' | ')} |`
  })
  return ['| data | window | held % | worst % | families % | s |', '| --- | --- | --- | --- | --- | --- |', ...lines]
}
