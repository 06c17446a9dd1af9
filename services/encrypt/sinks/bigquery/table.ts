import type { Table, TableMetadata } from '@google-cloud/bigquery'
import { AppError } from '#core/errors.ts'
import { restError, statusOf } from '#clouds/gcp/errors.ts'
import type { TableColumn } from './proto.ts'

export interface TableWish {
  readonly columns: readonly TableColumn[]
  readonly kmsKey: string | undefined
}

const LABELS = { 'managed-by': 'credence' }

/** Makes a table, or adds the columns that it lacks. Throws `invalid` if an existing table does not fit. */
export async function ensureTable(table: Table, wish: TableWish): Promise<void> {
  const shown = nameOf(table)
  const found = await metadataOf(table)
  if (found === null) {
    await createTable(table, wish)
    return
  }
  requireKey(shown, found, wish.kmsKey)
  const held = (found.schema?.fields ?? []) as TableColumn[]
  const added = missingColumns(shown, held, wish.columns)
  if (added.length === 0) return
  try {
    await table.setMetadata({ schema: { fields: [...held, ...added] } } as TableMetadata)
  } catch (error) {
    throw restError(error, `adding columns to ${shown}`)
  }
}

export interface ViewNames {
  readonly project: string
  readonly dataset: string
  readonly tables: { readonly admitted: string; readonly revoked: string }
}

/**
 * Makes the view of the rows that stand: a row is left out if a later link takes its record back. A view's columns are fixed
 * when it is made.
 */
export async function ensureView(view: Table, names: ViewNames, columns: readonly TableColumn[]): Promise<void> {
  const { project, dataset, tables } = names
  const at = (table: string) => `\`${project}.${dataset}.${table}\``
  const selected = columns.map(({ name }) => `a.\`${name}\``).join(', ')
  const query = [
    `SELECT ${selected} FROM ${at(tables.admitted)} AS a`,
    `WHERE NOT EXISTS (SELECT 1 FROM ${at(tables.revoked)} AS r`,
    'WHERE r._credence_record = a._credence_record AND r._credence_manifest > a._credence_manifest)',
  ].join(' ')
  const shown = nameOf(view)
  const found = await metadataOf(view)
  try {
    if (found === null)
      await view.dataset.createTable(view.id ?? '', { view: { query, useLegacySql: false }, labels: LABELS })
    else if (found.view?.query !== query && lacks(found, columns)) {
      await view.setMetadata({ view: { query, useLegacySql: false } })
    }
  } catch (error) {
    if (statusOf(error) !== 409) throw restError(error, `making the view ${shown}`)
  }
}

/** The metadata; null if there is no such table. Throws `not_found` if there is no such dataset. */
export async function metadataOf(table: Table): Promise<TableMetadata | null> {
  try {
    const [metadata] = (await table.getMetadata()) as [TableMetadata, unknown]
    return metadata
  } catch (error) {
    const told = restError(error, `looking at ${nameOf(table)}`)
    if (told.code === 'not_found' && !/Not found: Dataset/i.test(messageOf(error))) return null
    throw told
  }
}

/** How a table's key differs from the configured one; null if it does not. */
export function keyFault(metadata: TableMetadata, asked: string | undefined): string | null {
  const found = metadata.encryptionConfiguration?.kmsKeyName
  if (asked === undefined || found === asked || found?.startsWith(`${asked}/`) === true) return null
  return `under ${found ?? "Google's own key"}, not ${asked}`
}

export function nameOf(table: Table): string {
  return `${table.dataset.id ?? ''}.${table.id ?? ''}`
}

async function createTable(table: Table, { columns, kmsKey }: TableWish): Promise<void> {
  const metadata = {
    schema: { fields: columns },
    timePartitioning: { type: 'DAY', field: '_credence_ingested' },
    clustering: { fields: ['_credence_manifest', '_credence_record'] },
    labels: LABELS,
    ...(kmsKey === undefined ? {} : { encryptionConfiguration: { kmsKeyName: kmsKey } }),
  }
  try {
    const [, created] = await table.dataset.createTable(table.id ?? '', metadata as unknown as TableMetadata)
    requireKey(nameOf(table), created, kmsKey)
  } catch (error) {
    // another process made it at the same moment: use it if it fits
    if (statusOf(error) === 409) return ensureTable(table, { columns, kmsKey })
    throw restError(error, `making the table ${nameOf(table)}`)
  }
}

function requireKey(shown: string, metadata: TableMetadata, asked: string | undefined): void {
  const fault = keyFault(metadata, asked)
  if (fault === null) return
  const message = `${shown} is ${fault}: deliver into a new table, or move this one under the key (bq update)`
  throw new AppError('invalid', message, { reason: 'kms_key_mismatch' })
}

function missingColumns(shown: string, held: readonly TableColumn[], wanted: readonly TableColumn[]): TableColumn[] {
  const byName = new Map(held.map((column) => [column.name.toLowerCase(), column]))
  return wanted.filter((column) => {
    const other = byName.get(column.name.toLowerCase())
    if (other === undefined) return true
    if (sameType(other, column)) return false
    const message = `${shown}: column ${column.name} is ${shapeOf(other)} and the contract wants ${shapeOf(column)}`
    throw new AppError('invalid', `${message}: types never change; deliver into a new table`, { reason: 'column_type' })
  })
}

const SYNONYMS: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
}

function sameType(a: TableColumn, b: TableColumn): boolean {
  return shapeOf(a) === shapeOf(b)
}

/** Type and repetition of a column, including its members, but not whether a value is required. */
function shapeOf({ type, mode, fields = [] }: TableColumn): string {
  const name = SYNONYMS[type] ?? type
  const members = fields.map((field) => `${field.name} ${shapeOf(field)}`).sort()
  return `${mode === 'REPEATED' ? 'REPEATED ' : ''}${name}${members.length === 0 ? '' : `<${members.join(', ')}>`}`
}

function lacks(view: TableMetadata, columns: readonly TableColumn[]): boolean {
  const held = new Set(((view.schema?.fields ?? []) as TableColumn[]).map(({ name }) => name.toLowerCase()))
  return columns.some(({ name }) => !held.has(name.toLowerCase()))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
