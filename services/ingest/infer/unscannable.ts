import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { REMEDY } from '../formats/json-tables.ts'
import { filled, type ColumnStats } from './columns.ts'
import type { Roles } from './roles.ts'

const NAMED = 6

/** What to throw where no field of the records can be looked at: `invalid`, with what each field holds and what to do. */
export function nothingToScan(sample: readonly Fields[], columns: readonly ColumnStats[], roles: Roles): AppError {
  const told = columns.slice(0, NAMED).map((column) => `${column.name} ${saysOf(column, sample, roles)}`)
  const more = columns.length > NAMED ? [`${columns.length - NAMED} more`] : []
  const seen = told.length === 0 ? 'the records have no fields' : [...told, ...more].join('; ')
  const list = columns.find((column) => sample.some((fields) => objectsIn(fields[column.name]) > 0))
  const hasObjects = sample.some((fields) => Object.values(fields).some(isPlainObject))
  const isOfObjects = columns.length > 0 && sample.every((fields) => Object.values(fields).every(isPlainObject))
  return new AppError(
    'invalid',
    `no field holds anything that can be scanned: ${seen}. ${adviceOn(list, isOfObjects, hasObjects)}`,
    {
      reason: 'nothing_to_scan',
    },
  )
}

function isPlainObject(value: Value): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor)
}

function adviceOn(list: ColumnStats | undefined, isOfObjects: boolean, hasObjects: boolean): string {
  if (isOfObjects)
    return `If each of them is a record, write it on a line of its own, such as with jq -c '.[]'; if it is one table, write it by rows, ${REMEDY}.`
  if (list === undefined && hasObjects)
    return 'Objects are not looked into: write what they hold as fields of their own, with pandas: pd.json_normalize(rows).'
  if (list === undefined) return 'What is looked at is texts, numbers, arrays of one size, images and conversations.'
  // what a shell or jq would read otherwise is not printed as a command
  const path = /^[A-Za-z_]\w*$/.test(list.name) ? `.${list.name}[]` : null
  const how = path === null ? '' : `, such as with jq -c '${path}'`
  return `If the records are the objects in ${list.name}, write each on a line of its own${how}.`
}

function saysOf(column: ColumnStats, sample: readonly Fields[], roles: Roles): string {
  if (column === roles.label) return 'is the label'
  if (column === roles.contributor) return 'says who a record came from'
  if (column === roles.id) return 'is the id'
  if (filled(column) === 0) return 'is empty'
  const [value] = sample.flatMap((fields) => (fields[column.name] == null ? [] : [fields[column.name]]))
  if (objectsIn(value) > 0) return `is a list of ${objectsIn(value)} object${objectsIn(value) === 1 ? '' : 's'}`
  if (Array.isArray(value)) return `is a list of ${value.length}`
  if (typeof value === 'object' && !(value instanceof Tensor)) return 'is an object'
  return 'holds nothing of one kind'
}

export function isListOfObjects(value: Value | undefined): boolean {
  return objectsIn(value) > 1
}

function objectsIn(value: Value | undefined): number {
  if (!Array.isArray(value)) return 0
  return value.length > 0 && value.every(isPlainObject) ? value.length : 0
}
