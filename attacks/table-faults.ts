import { attackOf, numberColumns, type Plan } from './plant.ts'
import { finite, meanAndDeviation, type NumberColumn, precisely, spreadColumns } from './table-columns.ts'
import type { Attack, Table } from './types.ts'

const JENGA =
  'Schelter, Rukat & Biessmann 2021, JENGA: A Framework to Study the Impact of Data Errors on the Predictions of Machine Learning Models'
const CODE = -999
const UNITS = 1000
/** Of a column's standard deviation. */
const NOISE = 2

/** A fault of numbers in rows that keep their labels; `fault` changes the struck rows in place and says what it did. */
function faulty(
  name: string,
  definition: string,
  fault: (table: Table, struck: Int32Array, plan: Plan) => string,
): Attack<Table> {
  return attackOf<Table>({
    name,
    definition: `${definition} Labels are kept.`,
    family: 'outlier',
    labels: 'kept',
    untargeted: true,
    act(table, plan) {
      const struck = plan.strike(plan.choose())
      return `${struck.length} rows with ${fault(table, struck, plan)}`
    },
  })
}

/** One of the columns with the most different values. */
function measured(table: Table, plan: Plan): NumberColumn {
  const columns = spreadColumns(table).filter(({ values }) => new Set(values).size > 10)
  const column = columns[plan.fixed.below(columns.length)]
  if (column === undefined) throw new RangeError('the table has no column of more than ten different numbers')
  return column
}

/** What goes wrong where tables are made, and what somebody who spoils a training set would do. */
export const tableFaults: readonly Attack<Table>[] = [
  faulty('code', `One number column set to ${CODE}, a code for missing values.`, (table, struck, plan) => {
    const column = measured(table, plan)
    for (const i of struck) column.values[i] = CODE
    return `${CODE} in ${column.name}`
  }),
  faulty(
    'unit',
    `One number column in another unit: ${UNITS} times its values (scaling: ${JENGA}).`,
    (table, struck, plan) => {
      const column = measured(table, plan)
      for (const i of struck) column.values[i]! *= UNITS
      return `${column.name} times ${UNITS}`
    },
  ),
  faulty('swapped-columns', `Two number columns change places (swapped values: ${JENGA}).`, (table, struck, plan) => {
    const columns = numberColumns(table)
    const [a, b] = Array.from(plan.fixed.permutation(columns.length).subarray(0, 2), (at) => columns[at]!)
    if (a === undefined || b === undefined) throw new RangeError('the table has fewer than two number columns')
    for (const i of struck) [a.values[i], b.values[i]] = [b.values[i]!, a.values[i]!]
    return `${a.name} and ${b.name} swapped`
  }),
  faulty(
    'jitter',
    `Noise of ${NOISE} standard deviations on every number (Gaussian noise: ${JENGA}).`,
    (table, struck, plan) => {
      for (const column of numberColumns(table)) {
        const values = finite(column)
        const { deviation } = meanAndDeviation(values)
        const near = precisely(values)
        for (const i of struck) column.values[i] = near(column.values[i]! + NOISE * deviation * plan.varied.normal())
      }
      return 'noise on every number'
    },
  ),
  faulty('zeros', 'Every number 0, as where a join failed.', (table, struck) => {
    for (const column of numberColumns(table)) for (const i of struck) column.values[i] = 0
    return 'zeros'
  }),
  faulty('mixed-rows', 'Each cell that of another row, drawn anew for every column.', (table, struck, plan) => {
    for (const column of table.columns) {
      const cells = column.type === 'number' ? column.values : column.codes
      const drawn = Array.from(struck, () => cells[plan.varied.below(plan.n)]!)
      struck.forEach((i, k) => (cells[i] = drawn[k]!))
    }
    return 'cells of other rows'
  }),
]
