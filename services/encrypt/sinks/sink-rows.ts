import type { Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { EXTRA, type ColumnType, type SinkColumn, type SinkRow, type SinkSchema, type SinkValue } from '../sink.ts'

const LONGEST = 300
/** Names of columns that BigQuery reserves, in upper or lower case. */
const RESERVED = /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_|_credence_)/i

/** Encrypts a value and authenticates `context` with it. The result has the same length for the same input. */
export type Seal = (plaintext: Uint8Array, context: SealContext) => Uint8Array

/** The place of a sealed value: it does not open in another record, column or dataset. */
export interface SealContext {
  readonly dataset: string
  readonly column: string
  readonly record: string
}

/**
 * The columns for a contract's fields: each property of its JSON Schema by its type, tensors by the `tensor` keyword or the
 * features. A sensitive field becomes a `sealed` column, whether or not the schema names it. Throws `invalid` if two fields
 * would share a column, or a sensitive name is no field of the contract.
 */
export function schemaOf(contract: Contract, sensitive: readonly string[] = []): SinkSchema {
  const properties = isObject(contract.schema['properties']) ? contract.schema['properties'] : {}
  const featured =
    contract.features.kind === 'image' || contract.features.kind === 'vector' ? contract.features.field : null
  const fields = new Set([...Object.keys(properties), ...(featured === null ? [] : [featured])])
  const unknown = sensitive.find((field) => !fields.has(field))
  if (unknown !== undefined) {
    throw new AppError(
      'invalid',
      `sensitive: the contract's schema has no property ${JSON.stringify(unknown.slice(0, 80))}`,
    )
  }
  const columns = [...fields].sort().map((field): SinkColumn => {
    const type = sensitive.includes(field) ? 'sealed' : typeOf(properties[field], field === featured)
    return { name: columnName(field), field, type }
  })
  const taken = new Map<string, string>()
  for (const { name, field } of columns) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) {
      throw new AppError(
        'invalid',
        `the fields ${other} and ${field} would share the column ${name}: rename one of them`,
      )
    }
    taken.set(name.toLowerCase(), field)
  }
  return { columns }
}

export interface RowOrigin {
  readonly dataset: string
  readonly window: string
  /** The ordinal of the link that admits the record. */
  readonly ordinal: number
  /** When the link was first delivered; stored, so that a repeated attempt sends the same time. */
  readonly ingested: Date
}

/**
 * One admitted record as a row. Sensitive fields leave as ciphertext of their canonical JSON; whether a field is absent or null
 * stays visible. A value that does not fit its column goes into `_credence_extra`, so that nothing is lost or changed.
 */
export function rowOf(record: DataRecord, schema: SinkSchema, origin: RowOrigin, seal?: Seal): SinkRow {
  const row: { [column: string]: SinkValue } = {
    _credence_record: record.id,
    _credence_window: origin.window,
    _credence_manifest: origin.ordinal,
    _credence_ingested: origin.ingested.getTime() * 1000,
  }
  const extra: { [field: string]: Value } = {}
  const byField = new Map(schema.columns.map((column) => [column.field, column]))
  for (const [field, value] of Object.entries(record.fields)) {
    if (value === null) continue
    const column = byField.get(field)
    const cell =
      column === undefined ? null : cellOf(column, value, { record: record.id, dataset: origin.dataset }, seal)
    if (column === undefined || cell === null) extra[field] = value
    else row[column.name] = cell
  }
  if (Object.keys(extra).length > 0) row[EXTRA] = canonicalJson(extra)
  return row
}

/** The row that takes a record back as of link `ordinal`. */
export function revocationOf(record: string, { ordinal, ingested }: Pick<RowOrigin, 'ordinal' | 'ingested'>): SinkRow {
  return {
    _credence_record: record,
    _credence_manifest: ordinal,
    _credence_ingested: ingested.getTime() * 1000,
  }
}

function cellOf(
  { name, field, type }: SinkColumn,
  value: Exclude<Value, null>,
  where: { readonly dataset: string; readonly record: string },
  seal: Seal | undefined,
): SinkValue | null {
  switch (type) {
    case 'sealed':
      if (seal === undefined) throw new AppError('internal', `column ${name} is sensitive and there is no key for it`)
      return seal(Buffer.from(canonicalJson(value), 'utf8'), { ...where, column: field })
    case 'string':
      return typeof value === 'string' ? value : null
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'tensor':
      return value instanceof Tensor ? value : null
    case 'json':
      return canonicalJson(value)
  }
}

/** The only type that a property's schema allows besides null; `json` if it allows several or names none. */
function typeOf(property: unknown, featured: boolean): ColumnType {
  if (!isObject(property)) return featured ? 'tensor' : 'json'
  if ('tensor' in property) return 'tensor'
  const types = new Set(typesOf(property))
  types.delete('null')
  const [type] = types
  if (types.size === 2 && types.has('integer') && types.has('number')) return 'number'
  if (types.size !== 1 || type === undefined) return featured ? 'tensor' : 'json'
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean') return type
  return 'json'
}

function typesOf(property: Record<string, unknown>): readonly string[] {
  const { type, enum: values, const: value } = property
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type.filter((name) => typeof name === 'string')
  const listed = Array.isArray(values) ? values : value === undefined ? [] : [value]
  return listed.map((one) => {
    if (one === null) return 'null'
    if (typeof one === 'number') return Number.isInteger(one) ? 'integer' : 'number'
    return typeof one
  })
}

function columnName(field: string): string {
  const name =
    field
      .replace(/[^A-Za-z0-9_]/g, '_')
      .replace(/^(?=\d)/, '_')
      .slice(0, LONGEST) || '_'
  if (RESERVED.test(name)) throw new AppError('invalid', `a field called ${field} cannot be a column: rename it`)
  return name
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
