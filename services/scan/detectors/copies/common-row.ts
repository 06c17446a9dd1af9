import { mostFrequent } from '../../numeric/most-frequent.ts'
import type { Grouping, TableColumn } from '../../view/samples.ts'
import { numbersRows } from './unexplained.ts'

/** A value is common where at least this share of the other rows hold it. */
const COMMON = 0.4
/** A row is beside the common one where it differs in at most this share of the columns, and in one at least. */
const BESIDE = 0.15
/** The least number of other rows beside it, as a share of its copies. */
const SHOWN = 0.5

/**
 * Returns whether a group's row holds in every column what is common among the other rows of its label, beside rows of
 * that label that differ from it a little: people who have no symptom, among others who have one or two (ADR 173). Such
 * rows are as many as they are by nature, and say of nobody that they were copied. Without labels all rows are asked.
 */
export function areOfCommonRow(
  columns: readonly TableColumn[],
  labels: Grouping | null,
  n: number,
): (members: Int32Array) => boolean {
  return (members) => {
    const mostlyOf = (values: ArrayLike<number>) => mostFrequent(Array.from(members, (i) => values[i]!))[0]
    const label = labels === null ? 0 : mostlyOf(labels.of)
    const own = new Set(members)
    const others = Int32Array.from({ length: n }, (_, i) => i).filter(
      (i) => !own.has(i) && (labels === null || labels.of[i] === label),
    )
    const differs = new Int32Array(others.length)
    let asked = 0
    for (const column of columns) {
      if (numbersRows(column)) continue
      const values = column.type === 'category' ? (column.values ?? column.codes) : column.values
      const theirs = mostlyOf(values)
      let held = 0
      for (const [at, i] of others.entries()) {
        const holds = Object.is(values[i], theirs)
        held += Number(holds)
        differs[at]! += Number(!holds)
      }
      if (held < COMMON * others.length) return false
      asked++
    }
    const most = Math.max(1, Math.floor(BESIDE * asked))
    return differs.filter((count) => count <= most).length >= SHOWN * members.length
  }
}
