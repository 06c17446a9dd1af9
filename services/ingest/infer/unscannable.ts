import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import { isObject } from '#core/turns.ts'
import type { Fields, Value } from '#core/value.ts'
import { bytesIn } from '../formats/image/image.ts'
import { REMEDY } from '../formats/json-tables.ts'
import { filled, type ColumnStats } from './columns.ts'
import type { Roles } from './roles.ts'

const NAMED = 6

/** What to throw where no field of the records can be looked at: `invalid`, with what each field holds and what to do. */
export function nothingToScan(sample: readonly Fields[], columns: readonly ColumnStats[], roles: Roles): AppError {
  const told = columns.slice(0, NAMED).map((column) => `${column.name} ${saysOf(column, sample, roles)}`)
  const more = columns.length > NAMED ? [`${columns.length - NAMED} more`] : []
  const seen = told.length === 0 ? 'the records have no fields' : [...told, ...more].join('; ')
  const longest = (column: ColumnStats) =>
    sample.reduce((most, { [column.name]: value }) => Math.max(most, objectsIn(value)), 0)
  const [first, ...others] = columns.filter((column) => longest(column) > 0).sort((a, b) => longest(b) - longest(a))
  const lists = first && [first, ...others.filter((other) => keysIn(other, sample) === keysIn(first, sample))]
  const isWithoutFiles = sample.some((fields) => Object.values(fields).some(isPathAlone))
  const hasObjects = sample.some((fields) => Object.values(fields).some(isObject))
  const [only, ...rest] = sample
  const within = rest.length === 0 && lists === undefined && only !== undefined ? listWithin(only) : null
  const isOfObjects =
    columns.length > 0 && only !== undefined && rest.length === 0 && Object.values(only).every(isObject)
  const file = columns.find(({ name }) =>
    sample.some(({ [name]: value }) => isObject(value) && bytesIn(value['bytes']) !== null),
  )
  return new AppError(
    'invalid',
    `no field holds anything that can be scanned: ${seen}. ${adviceOn(lists, { isOfObjects, hasObjects, isWithoutFiles, within, file: file?.name })}`,
    {
      reason: 'nothing_to_scan',
    },
  )
}

interface Seen {
  readonly isOfObjects: boolean
  readonly hasObjects: boolean
  readonly isWithoutFiles: boolean
  /** Where in the only record a list of objects stands: the keys that lead to it. */
  readonly within: readonly string[] | null
  /** A field that holds bytes, and not a path alone beside them. */
  readonly file: string | undefined
}

function adviceOn(
  lists: readonly ColumnStats[] | undefined,
  { isOfObjects, hasObjects, isWithoutFiles, within, file }: Seen,
): string {
  if (file !== undefined)
    return `Files are read where ${file} holds bytes and path, and nothing else: leave out what is more, and add what is not there.`
  if (isWithoutFiles)
    return 'Write the bytes of the files into it, beside their paths, or give the folder with the files.'
  if (within !== null) return adviceOnLists([within])
  if (isOfObjects)
    return `If each of them is a record, write it on a line of its own, such as with jq -c '.[]'; if it is one table, write it by rows, ${REMEDY}.`
  if (lists === undefined && hasObjects)
    return 'Objects are not looked into: write what they hold as fields of their own, with pandas: pd.json_normalize(rows).'
  if (lists === undefined) return 'What is looked at is texts, numbers, arrays of one size, images and conversations.'
  return adviceOnLists(lists.map(({ name }) => [name]))
}

/** How to write the objects of lists as records; each list by the keys that lead to it. */
function adviceOnLists(lists: readonly (readonly string[])[]): string {
  // what a shell or jq would read otherwise is not printed as a command
  const isPlain = lists.flat().every((key) => /^[A-Za-z_]\w*$/.test(key))
  const how = isPlain ? `, such as with jq -c '${lists.map((keys) => `.${keys.join('.')}[]`).join(', ')}'` : ''
  return `If the records are the objects in ${lists.map((keys) => keys.join('.')).join(' and ')}, write each on a line of its own${how}.`
}

/** Keys of objects within objects are followed so far. */
const DEEPEST = 4

/** The keys that lead to the longest list of objects below the fields of a record; null where there is none, or two as long. */
export function listWithin(record: Fields): readonly string[] | null {
  const found: { readonly keys: readonly string[]; readonly length: number }[] = []
  const look = (value: Value | undefined, keys: readonly string[]): void => {
    if (keys.length > 1 && isListOfObjects(value)) found.push({ keys, length: objectsIn(value) })
    else if (isObject(value) && keys.length < DEEPEST)
      for (const [key, inner] of Object.entries(value)) look(inner, [...keys, key])
  }
  look(record, [])
  const [longest, second] = found.sort((a, b) => b.length - a.length)
  return longest === undefined || longest.length === second?.length ? null : longest.keys
}

function saysOf(column: ColumnStats, sample: readonly Fields[], roles: Roles): string {
  if (column === roles.label) return 'is the label'
  if (column === roles.contributor) return 'says who a record came from'
  if (column === roles.id) return 'is the id'
  if (filled(column) === 0) return 'is empty'
  const [value] = sample.flatMap((fields) => (fields[column.name] == null ? [] : [fields[column.name]]))
  if (objectsIn(value) > 0) return `is a list of ${objectsIn(value)} object${objectsIn(value) === 1 ? '' : 's'}`
  if (Array.isArray(value)) return `is a list of ${value.length}`
  if (isPathAlone(value)) return 'names files, and holds none of them'
  if (typeof value === 'object' && !(value instanceof Tensor)) return 'is an object'
  return 'holds nothing of one kind'
}

/** Hugging Face's way to write a file, without the file. */
function isPathAlone(value: Value | undefined): boolean {
  return isObject(value) && value['bytes'] === null && typeof value['path'] === 'string'
}

/** What the first object of a list has, which the parts of one set share. */
function keysIn({ name }: ColumnStats, sample: readonly Fields[]): string {
  const list = sample.map((fields) => fields[name]).find((value) => objectsIn(value) > 0)
  const first = Array.isArray(list) ? (list as readonly Value[])[0] : undefined
  return isObject(first) ? Object.keys(first).sort().join('\n') : ''
}

export function isListOfObjects(value: Value | undefined): boolean {
  return objectsIn(value) > 1
}

function objectsIn(value: Value | undefined): number {
  if (!Array.isArray(value)) return 0
  return value.length > 0 && value.every(isObject) ? value.length : 0
}
