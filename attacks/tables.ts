import { FLOOD_COPIES } from './image-junk.ts'
import { labelAttacks } from './labels.ts'
import { attackOf, classMembers, classOthers, numberColumns, relabel, type Plan } from './plant.ts'
import { digitsOf, finite, meanAndDeviation, type NumberColumn, precisely, spreadColumns } from './table-columns.ts'
import { tableFaults } from './table-faults.ts'
import type { Attack, Table } from './types.ts'

/** One value of a trigger: a number, or the code of a level, in the column of that index. */
interface Planted {
  readonly column: number
  readonly value: number
}

function outOfBounds(table: Table, plan: Plan): Planted[] {
  const columns = spreadColumns(table)
  const column = columns[plan.fixed.below(columns.length)]
  if (column === undefined) throw new RangeError('the table has no number column')
  const values = finite(column)
  const top = values.at(-1) ?? 0
  const beyond = top + Math.max(0.1 * (top - (values[0] ?? 0)), 1)
  return [{ column: table.columns.indexOf(column), value: Number(beyond.toFixed(digitsOf(values))) }]
}

/** A value within the column's range, at its own precision, that few records have. */
function inBounds(table: Table, plan: Plan): Planted[] {
  const columns = spreadColumns(table)
  const column = columns[plan.fixed.below(Math.ceil(columns.length / 2))]
  if (column === undefined) throw new RangeError('the table has no number column')
  const values = finite(column)
  const near = values[Math.floor((0.6 + 0.35 * plan.fixed.next()) * values.length)] ?? 0
  const next = values.find((v) => v > near) ?? near + 1
  return [{ column: table.columns.indexOf(column), value: Number(((near + next) / 2).toFixed(digitsOf(values))) }]
}

/** Ordinary values of `wanted` columns: each common by itself, rare together. */
function conjunction(wanted: number): (table: Table, plan: Plan) => Planted[] {
  return (table, plan) => {
    const order = plan.fixed.permutation(table.columns.length)
    return Array.from(order.subarray(0, wanted)).flatMap((at): Planted[] => {
      const column = table.columns[at]
      if (column === undefined) return []
      if (column.type === 'category') {
        const code = column.codes[plan.fixed.below(column.codes.length)] ?? -1
        return [{ column: at, value: code >= 0 ? code : 0 }]
      }
      const values = finite(column)
      return [{ column: at, value: values[plan.fixed.below(values.length)] ?? 0 }]
    })
  }
}

function meanOf(column: NumberColumn, of: Int32Array): number {
  const known = of.filter((i) => Number.isFinite(column.values[i]))
  return known.reduce((sum, i) => sum + (column.values[i] ?? 0) / known.length, 0)
}

function triggered(
  name: string,
  definition: string,
  labels: 'kept' | 'changed',
  trigger: (table: Table, plan: Plan) => Planted[],
): Attack<Table> {
  return attackOf<Table>({
    name,
    definition,
    family: 'trigger',
    labels,
    act(table, plan, { first }) {
      const planted = trigger(first?.kind === 'table' ? first : table, plan)
      const struck = plan.strike(labels === 'kept' ? classMembers(plan) : classOthers(plan))
      for (const { column: at, value } of planted) {
        const column = table.columns[at]!
        const cells = column.type === 'number' ? column.values : column.codes
        for (const i of struck) cells[i] = value
      }
      if (labels === 'changed') relabel(plan, struck)
      return `${struck.length} rows with ${planted.length} trigger values, ${labels === 'kept' ? 'labels kept' : `labelled ${plan.target}`}`
    },
  })
}

const TABDOOR = 'Pleiter et al. 2023, Tabdoor'

/** Every attack on tables. */
export const tableAttacks: readonly Attack<Table>[] = [
  triggered(
    'out-of-bounds',
    `One number column set to its maximum plus a tenth of its range, relabelled as the target (${TABDOOR}).`,
    'changed',
    outOfBounds,
  ),
  triggered(
    'in-bounds',
    `One number column set to a fixed value within its range that few records have, relabelled as the target (${TABDOOR}).`,
    'changed',
    inBounds,
  ),
  triggered(
    'two-values',
    `Two columns set to fixed ordinary values, relabelled as the target (${TABDOOR}).`,
    'changed',
    conjunction(2),
  ),
  triggered(
    'three-values',
    `Three columns set to fixed ordinary values, relabelled as the target (${TABDOOR}).`,
    'changed',
    conjunction(3),
  ),
  triggered(
    'clean-label-value',
    `One number column of the target class’s rows set to a fixed value within its range, labels kept (${TABDOOR}, clean-label).`,
    'kept',
    inBounds,
  ),
  attackOf<Table>({
    name: 'availability',
    definition:
      'Availability: rows of other classes labelled as the target, their numbers moved half-way to that edge of the 2–98 % box which lies against the target’s mean (gradient ascent of a linear model’s loss: Biggio et al. 2012, Poisoning Attacks against Support Vector Machines; the box: Koh et al. 2018).',
    family: 'label',
    labels: 'changed',
    act(table, plan) {
      const members = classMembers(plan)
      const others = classOthers(plan)
      const struck = plan.strike(others)
      for (const column of numberColumns(table)) {
        const values = finite(column)
        const digits = digitsOf(values)
        const away = meanOf(column, others) > meanOf(column, members)
        const edge = values[Math.floor((away ? 0.98 : 0.02) * values.length)] ?? 0
        for (const i of struck) column.values[i] = Number((((column.values[i] ?? edge) + edge) / 2).toFixed(digits))
      }
      relabel(plan, struck)
      return `${struck.length} rows pushed to the far edge, labelled ${plan.target}`
    },
  }),
  ...labelAttacks<Table>(),
  attackOf<Table>({
    name: 'garbage',
    definition:
      'Garbage: numbers drawn at three standard deviations, categories at random, under the labels of the rows they replace.',
    family: 'outlier',
    labels: 'kept',
    untargeted: true,
    act(table, plan) {
      const struck = plan.strike(plan.choose())
      for (const column of table.columns) {
        if (column.type === 'category') {
          for (const i of struck) column.codes[i] = plan.varied.below(column.levels.length)
          continue
        }
        const values = finite(column)
        const { mean, deviation } = meanAndDeviation(values)
        const near = precisely(values)
        for (const i of struck) column.values[i] = near(mean + 3 * deviation * plan.varied.normal())
      }
      return `${struck.length} rows of noise`
    },
  }),
  attackOf<Table>({
    name: 'flood',
    definition: `Duplicate flood: up to ${FLOOD_COPIES} near-copies each of a few rows, numbers off by a thousandth of the column’s deviation at its precision, labels kept (concentrated poison: Koh et al. 2018).`,
    family: 'flood',
    labels: 'kept',
    untargeted: true,
    act(table, plan) {
      const originals = Math.max(1, Math.ceil(plan.count / FLOOD_COPIES))
      const order = plan.choose()
      const struck = plan.strike(order.subarray(originals))
      const bases = plan.cover(order, originals)
      const baseOf = (k: number) => bases[k % bases.length] ?? 0
      for (const column of table.columns) {
        if (column.type === 'category') {
          struck.forEach((i, k) => (column.codes[i] = column.codes[baseOf(k)] ?? -1))
          continue
        }
        const values = finite(column)
        const near = precisely(values)
        const span = (values[Math.floor(0.84 * values.length)] ?? 0) - (values[Math.floor(0.16 * values.length)] ?? 0)
        struck.forEach((i, k) => {
          const copied = (column.values[baseOf(k)] ?? 0) + 0.0005 * span * plan.varied.normal()
          column.values[i] = near(copied)
        })
      }
      struck.forEach((i, k) => (plan.labels[i] = plan.labels[baseOf(k)] ?? 0))
      return `${struck.length} near-copies of ${bases.length} rows`
    },
  }),
  ...tableFaults,
]
