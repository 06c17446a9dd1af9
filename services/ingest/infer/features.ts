import type { FeatureSpec } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { filled, type ColumnStats } from './columns.ts'
import type { InferOptions, LooksLikeImage } from './inference.ts'
import { findText, type Roles } from './roles.ts'
import { columnType } from './schema.ts'
import { isListOfObjects, listWithin, nothingToScan } from './unscannable.ts'

const IMAGE_SAMPLE = 500

/** What of a sample is compared. Throws `invalid` where nothing can be. */
export function findFeatures(
  columns: readonly ColumnStats[],
  roles: Roles,
  { sample, codes }: { readonly sample: readonly Fields[]; readonly codes: ReadonlyMap<string, readonly string[]> },
  options: InferOptions,
  notes: string[],
): FeatureSpec {
  const free = columns.filter((column) => column !== roles.label && column !== roles.contributor && column !== roles.id)
  // one record with a list of objects: they are the records, and nothing else of it is worth a scan
  if (sample.length === 1 && columns.some((column) => isListOfObjects(sample[0]?.[column.name])))
    throw nothingToScan(sample, columns, roles)
  const arrays = free.filter((column) => mainShape(column).length > 0)
  refuseManySizes(free)
  const array = arrays.find((column) => ['x', 'image'].includes(column.name)) ?? arrays[0]
  if (array) return arrayFeatures(array, sample, options.looksLikeImage, notes)
  const text = findText(columns, roles)
  if (text) return { kind: 'text', field: text.name }
  const table = free.flatMap((column) => {
    const type = columnType(column, codes.get(column.name))
    return type === null ? [] : [{ name: column.name, type }]
  })
  const isAnswer = sample.length === 1 && sample[0] !== undefined && listWithin(sample[0]) !== null
  if (table.length === 0 || isAnswer) throw nothingToScan(sample, columns, roles)
  return { kind: 'table', columns: table }
}

function arrayFeatures(
  column: ColumnStats,
  sample: readonly Fields[],
  looksLikeImage: LooksLikeImage | undefined,
  notes: string[],
): FeatureSpec {
  const shape = mainShape(column)
  const [a = 1, b = 1, c] = shape
  const length = shape.reduce((product, side) => product * side, 1)
  const isImage =
    (shape.length === 2 && a > 3 && b > 3) || (shape.length === 3 && a > 3 && b > 3 && [1, 3, 4].includes(c!))
  if (isImage) return { kind: 'image', field: column.name, shape: [...shape] }
  if (shape.length === 3 && [1, 3, 4].includes(a) && b > 3 && c! > 3)
    notes.push(
      `Field ${column.name} holds arrays of ${shape.join(' × ')}, which are compared as vectors: where they are images, write them with the channels last, as ${b} × ${c} × ${a}.`,
    )
  const vectors = sample.flatMap((fields) => flat(fields[column.name], length) ?? []).slice(0, IMAGE_SAMPLE)
  const data = new Float32Array(vectors.length * length)
  vectors.forEach((vector, row) => data.set(vector, row * length))
  const image = shape.length === 1 ? looksLikeImage?.({ rows: vectors.length, cols: length, data }) : null
  if (image) {
    notes.push(
      `Field ${column.name} holds vectors of ${length} that look like images of ${image.height} × ${image.width}.`,
    )
    return { kind: 'image', field: column.name, shape: [image.height, image.width] }
  }
  return { kind: 'vector', field: column.name, length }
}

/** Images, above all, that are of many sizes: which of them the others are to become is not for us to choose. */
function refuseManySizes(columns: readonly ColumnStats[]): void {
  for (const column of columns) {
    const [most] = [...column.shapes].sort(([, a], [, b]) => b - a)
    const arrays = [...column.shapes.values()].reduce((sum, times) => sum + times, 0)
    if (!most || column.shapes.size < 2 || arrays < filled(column) * 0.95 || mainShape(column).length > 0) continue
    const share = Math.floor((100 * most[1]) / arrays)
    const planes = new Set([...column.shapes.keys()].map((shape) => shape.split(':')[1]?.split('×', 2).join('×')))
    const [what, mend] =
      planes.size === 1 && most[0].includes('×')
        ? ['kind', 'convert them to grey, or to colour, of 8 bits first']
        : ['size', 'resize them first']
    const message = `field ${column.name} holds arrays of ${column.shapes.size} ${what}s, most often ${most[0].split(':')[1]} (${share} %): what is scanned must be of one ${what}, so ${mend}`
    throw new AppError('invalid', message, { reason: 'many_sizes' })
  }
}

/** The shape that nearly all values of a column have; empty when there is none. */
export function mainShape(column: ColumnStats): number[] {
  const [most] = [...column.shapes].sort(([, a], [, b]) => b - a)
  if (!most || most[1] < filled(column) * 0.95) return []
  const shape = (most[0].split(':')[1] ?? '').split('×').map(Number)
  return shape.reduce((product, side) => product * side, 1) >= 2 ? shape : []
}

function flat(value: Value | undefined, length: number): ArrayLike<number>[] | null {
  if (value instanceof Tensor) return value.data.length === length ? [value.data] : null
  return Array.isArray(value) && value.length === length ? [value as number[]] : null
}

/** Throws `invalid` for a table of more columns. */
export function refuseWide(features: FeatureSpec, mostColumns = Infinity): void {
  if (features.kind !== 'table' || features.columns.length <= mostColumns) return
  const [found, most] = [features.columns.length, mostColumns].map((count) => count.toLocaleString('en'))
  const message = `a table of ${found} columns takes more memory than a scan may: leave some out, ${most} at most, or give rows of numbers alone as vectors (.npy, or .npz with x and y)`
  throw new AppError('invalid', message, { reason: 'too_wide' })
}
