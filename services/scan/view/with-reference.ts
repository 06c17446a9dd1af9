import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { CategoryColumn, Grouping, Reference, Samples, TableColumn } from './samples.ts'

/**
 * A window's samples followed by its reference's, with labels by the window's names: −1 where the window has no such
 * label.
 */
export function withReference(
  samples: Samples,
  labels: Grouping,
  reference: Reference,
): { readonly samples: Samples; readonly labels: Int32Array } {
  return { samples: joined(samples, reference.samples), labels: labelsWith(labels, reference) }
}

/** The labels of both. */
export function labelsWith(labels: Grouping, reference: Reference): Int32Array {
  const at = new Map(labels.names.map((name, label) => [name, label]))
  const own = reference.labels.names.map((name) => at.get(name) ?? -1)
  const others = reference.labels.of.map((label) => (label < 0 ? -1 : own[label]!))
  return Int32Array.from([...labels.of, ...others])
}

/** Both have the features of one contract. */
function joined(a: Samples, b: Samples): Samples {
  if (a.kind === 'image' && b.kind === 'image') return { ...a, pixels: stacked(a.pixels, b.pixels) }
  if (a.kind === 'vector' && b.kind === 'vector') return { ...a, vectors: stacked(a.vectors, b.vectors) }
  if (a.kind === 'text' && b.kind === 'text') return { ...a, texts: [...a.texts, ...b.texts] }
  if (a.kind === 'table' && b.kind === 'table')
    return { ...a, columns: a.columns.map((column, at) => joinedColumn(column, b.columns[at]!)) }
  throw new RangeError(`records of kind ${a.kind} and of kind ${b.kind}`)
}

/** The rows of both, one after another. */
export function stacked(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows + b.rows, a.cols)
  out.data.set(a.data)
  out.data.set(b.data, a.data.length)
  return out
}

function joinedColumn(a: TableColumn, b: TableColumn): TableColumn {
  if (a.type === 'number' && b.type === 'number') return { ...a, values: Float64Array.from([...a.values, ...b.values]) }
  if (a.type === 'category' && b.type === 'category') return joinedLevels(a, b)
  throw new RangeError(`a column of type ${a.type} and one of type ${b.type}`)
}

function joinedLevels(a: CategoryColumn, b: CategoryColumn): CategoryColumn {
  const levels = [...new Set([...a.levels, ...b.levels])].sort()
  const at = new Map(levels.map((level, code) => [level, code]))
  const codesOf = (column: CategoryColumn) =>
    Array.from(column.codes, (code) => (code < 0 ? -1 : at.get(column.levels[code]!)!))
  return { name: a.name, type: 'category', levels, codes: Int32Array.from([...codesOf(a), ...codesOf(b)]) }
}
