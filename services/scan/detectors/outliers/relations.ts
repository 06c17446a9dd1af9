import { sharedKernels } from '../../numeric/kernels/kernels.ts'
import { ascending } from '../../numeric/sorted.ts'
import { symmetricEigen } from '../../numeric/eigen.ts'
import type { NumberColumn, TableColumn } from '../../view/samples.ts'

/** A measure has at least this many different values, none of which makes up more than `MOST_OF_ONE` of the column. */
const LEAST_VALUES = 20
const MOST_OF_ONE = 0.5
/**
 * A column with a larger share of missing values is left out; in the others, a row with a missing value is not judged.
 */
const MOST_MISSING = 0.1
/** Columns at most: nobody adds up a wider table, and its spectrum costs too much. */
export const MOST_COLUMNS = 120
/** Rows of the fit at most. */
const MOST_ROWS = 2000
/** Rows of the fit at least, for each column and in all: in fewer rows some combination varies little by chance. */
const ROWS_A_COLUMN = 10
const LEAST_ROWS = 100
/** Share of the rows, the farthest ones, that each estimate after the first leaves out; and the number of estimates. */
const TRIMMED = 0.1
const ROUNDS = 5
/** A combination of standardised columns with a smaller variance is a relation. */
const RELATION = 0.02
/**
 * The same limit before rows are left out: rows that break a relation raise its variance. No relation is sought beyond
 * it.
 */
const RELATION_AT_FIRST = 0.2
/** A column takes part in the relations when at least this share of it lies along their directions. */
const LEAST_PART = 0.05
/**
 * Least variance of a combination: values are rounded, so that a relation holds to a thousandth of a deviation at best.
 */
const FINEST = 1e-6

export interface Relations {
  /** The rows that are judged, ascending: no value of theirs is missing. */
  readonly rows: Int32Array
  /** For each of these rows, the mean square of its remainders in the relations, in units of their variances. */
  readonly broken: Float64Array
  /** Names of the columns that take part in the relations, the largest part first. */
  readonly between: readonly string[]
  /** The mean squares of some of these rows, by place, if a column had other values. */
  readonly brokenIf: (places: readonly number[], column: NumberColumn) => Float64Array
}

/**
 * Returns how far rows break the linear relations of a table: combinations of columns that hardly vary, from the small
 * end of the spectrum of their correlations (principal components of the least variance: Gnanadesikan & Kettenring
 * 1972, Robust Estimates, Residuals, and Outlier Detection with Multiresponse Data). The fit is repeated on the rows
 * that lie nearest in all combinations (concentration: Rousseeuw & Van Driessen 1999), so that rows that break a
 * relation do not hide it. Returns null where there are no relations.
 */
export function relationsOf(columns: readonly TableColumn[]): Relations | null {
  const asked = columns.filter((column): column is NumberColumn => column.type === 'number' && isMeasure(column))
  const d = asked.length
  if (d < 2 || d > MOST_COLUMNS) return null
  const rows = Int32Array.from(asked[0]!.values.keys()).filter((i) =>
    asked.every(({ values }) => Number.isFinite(values[i])),
  )
  const stride = Math.max(1, Math.ceil(rows.length / MOST_ROWS))
  const fitted = rows.filter((_, at) => at % stride === 0)
  if (fitted.length < Math.max(LEAST_ROWS, ROWS_A_COLUMN * d)) return null
  const spectrum = concentrated(asked, fitted)
  const small = Array.from(spectrum.values.keys()).filter((r) => spectrum.values[r]! < RELATION)
  if (small.length === 0) return null
  const parts = asked.map(({ name }, j) => ({
    name,
    part: small.reduce((sum, r) => sum + spectrum.vectors[r * d + j]! ** 2, 0),
  }))
  const between = parts.filter(({ part }) => part >= LEAST_PART).sort((a, b) => b.part - a.part)
  return {
    rows,
    broken: distances(asked, rows, spectrum, small),
    between: between.map(({ name }) => name),
    brokenIf: (places, column) => {
      const columns = asked.map((one) => (one.name === column.name ? column : one))
      const some = Int32Array.from(places, (at) => rows[at]!)
      return distances(columns, some, spectrum, small)
    },
  }
}

function isMeasure({ values, isAmount }: NumberColumn): boolean {
  if (isAmount === false) return false
  const stride = Math.max(1, Math.ceil(values.length / MOST_ROWS))
  const counts = new Map<number, number>()
  let [known, missing] = [0, 0]
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i]!
    if (Number.isNaN(value)) missing++
    else known++
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return (
    missing <= MOST_MISSING * (known + missing) &&
    counts.size >= LEAST_VALUES &&
    [...counts.values()].every((count) => count <= MOST_OF_ONE * known)
  )
}

interface Spectrum {
  readonly means: Float64Array
  readonly spreads: Float64Array
  readonly values: Float64Array
  readonly vectors: Float64Array
}

function concentrated(columns: readonly NumberColumn[], fitted: Int32Array): Spectrum {
  const every = columns.map((_, r) => r)
  let near = fitted
  let spectrum = spectrumOf(columns, near)
  for (let round = 1; round < ROUNDS && spectrum.values.at(-1)! < RELATION_AT_FIRST; round++) {
    const far = distances(columns, fitted, spectrum, every)
    const bound = ascending(far)[Math.floor((1 - TRIMMED) * far.length)]!
    near = fitted.filter((_, at) => far[at]! <= bound)
    spectrum = spectrumOf(columns, near)
  }
  return spectrum
}

function spectrumOf(columns: readonly NumberColumn[], rows: Int32Array): Spectrum {
  const d = columns.length
  const means = Float64Array.from(columns, ({ values }) => sumOf(values, rows) / rows.length)
  const centred = columns.map(({ values }, j) => lessMean(values, rows, means[j]!))
  const spreads = Float64Array.from(centred, (column) => Math.sqrt(product(column, column) / rows.length) || 1)
  const correlations = new Float64Array(d * d)
  const products = new Float64Array(SIDE_BY_SIDE)
  for (let a = 0; a < d; a++) {
    for (let first = 0; first <= a; first += SIDE_BY_SIDE) {
      productsWith(centred[a]!, centred, first, products)
      for (let b = first; b <= a && b < first + SIDE_BY_SIDE; b++) {
        const r = products[b - first]! / rows.length / spreads[a]! / spreads[b]!
        correlations[a * d + b] = r
        correlations[b * d + a] = r
      }
    }
  }
  const { values, vectors } = symmetricEigen(correlations, d)
  return { means, spreads, values, vectors }
}

function sumOf(values: Float64Array, rows: Int32Array): number {
  let sum = 0
  for (let at = 0; at < rows.length; at++) sum += values[rows[at]!]!
  return sum
}

function lessMean(values: Float64Array, rows: Int32Array, mean: number): Float64Array {
  const out = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) out[at] = values[rows[at]!]! - mean
  return out
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Columns that are summed at a time: each addition to a single sum would wait for the one before. */
const SIDE_BY_SIDE = 4

/** Writes the products of a column with the four columns from `first` on, or with as many as there are. */
function productsWith(a: Float64Array, columns: readonly Float64Array[], first: number, out: Float64Array): void {
  const b = columns[first]!
  const [c = b, e = b, f = b] = columns.slice(first + 1, first + SIDE_BY_SIDE)
  let [ofB, ofC, ofE, ofF] = [0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const value = a[i]!
    ofB += value * b[i]!
    ofC += value * c[i]!
    ofE += value * e[i]!
    ofF += value * f[i]!
  }
  out[0] = ofB
  out[1] = ofC
  out[2] = ofE
  out[3] = ofF
}

/** For each row, the mean over the combinations `of` of its square, in units of the combination's variance. */
function distances(
  columns: readonly NumberColumn[],
  rows: Int32Array,
  { means, spreads, values, vectors }: Spectrum,
  of: readonly number[],
): Float64Array {
  const d = columns.length
  const factors = new Float64Array(of.length * d)
  of.forEach((r, at) => {
    for (let j = 0; j < d; j++) factors[at * d + j] = vectors[r * d + j]! / spreads[j]!
  })
  const units = Float64Array.from(of, (r) => Math.max(FINEST, values[r]!) * of.length)
  const kernels = sharedKernels()
  const most = Math.min(ABREAST * BLOCK, Math.ceil(rows.length / ABREAST) * ABREAST)
  const sizes = [8 * most * d, 8 * factors.length, 8 * units.length, 8 * most] as const
  const [packed = 0, by = 0, unit = 0, sums = 0] = kernels.reserve(...sizes)
  kernels.doubles(by, factors.length).set(factors)
  kernels.doubles(unit, units.length).set(units)
  const [block, along] = [kernels.doubles(packed, most * d), kernels.doubles(sums, most)]
  const out = new Float64Array(rows.length)
  for (let from = 0; from < rows.length; from += most) {
    const some = rows.subarray(from, from + most)
    const groups = Math.ceil(some.length / ABREAST)
    for (let j = 0; j < d; j++) pack(block, j, d, columns[j]!.values, some, means[j]!)
    along.fill(0)
    kernels.squaresAlong(groups, d, packed, of.length, by, unit, sums)
    out.set(along.subarray(0, some.length), from)
  }
  return out
}

/** Rows that a kernel combines side by side, and how many times as many are in its memory at a time. */
const ABREAST = 8
const BLOCK = 64

/** Column j of d of the rows, less its mean: eight rows after eight, in each of these column by column. */
function pack(to: Float64Array, j: number, d: number, values: Float64Array, rows: Int32Array, mean: number): void {
  for (let at = 0; at < rows.length; at++) to[((at >> 3) * d + j) * ABREAST + (at & 7)] = values[rows[at]!]! - mean
}
