import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'
import { HttpError } from '../gcs/http-error.ts'
import type { Tables } from './tables.ts'
import { toJson, type Cell } from './wire.ts'

export interface QueryParameter {
  readonly name: string
  readonly parameterType: { readonly type: string }
  readonly parameterValue: { readonly value: string }
}

/** The tables that a query names, as resources. */
export function tablesOf(query: string): string[] {
  return [...query.matchAll(/`([^`.]+)\.([^`.]+)\.([^`.]+)`/g)].map(
    ([, project = '', dataset = '', table = '']) => `projects/${project}/datasets/${dataset}/tables/${table}`,
  )
}

/** Runs a query, as it is, over the rows of the tables and views that it names. SQLite stands in for the engine. */
export function runQuery(
  tables: Tables,
  query: string,
  parameters: readonly QueryParameter[],
): Record<string, SQLOutputValue>[] {
  const database = new DatabaseSync(':memory:')
  try {
    for (const name of new Set(tablesOf(query))) load(database, tables, name)
    const values = parameters.map(({ name, parameterType, parameterValue: { value } }) => [
      name,
      parameterType.type === 'INT64' ? BigInt(value) : value,
    ])
    return database.prepare(query).all(Object.fromEntries(values) as Record<string, SQLInputValue>)
  } finally {
    database.close()
  }
}

function load(database: DatabaseSync, tables: Tables, name: string): void {
  const table = tables.tables.get(name)
  if (table === undefined) throw new HttpError(404, 'notFound', `Not found: Table ${name}`)
  const { projectId, datasetId, tableId } = table.tableReference
  const shown = `\`${projectId}.${datasetId}.${tableId}\``
  if (table.view !== undefined) {
    for (const below of new Set(tablesOf(table.view.query))) load(database, tables, below)
    database.exec(`CREATE VIEW IF NOT EXISTS ${shown} AS ${table.view.query}`)
    return
  }
  const columns = (table.schema?.fields ?? []).map((column) => column.name)
  database.exec(`CREATE TABLE IF NOT EXISTS ${shown} (${columns.map((column) => `\`${column}\``).join(', ')})`)
  const insert = database.prepare(`INSERT INTO ${shown} VALUES (${columns.map(() => '?').join(', ')})`)
  for (const row of tables.rows(name)) insert.run(...columns.map((column) => cellOf(row[column])))
}

function cellOf(cell: Cell | undefined): SQLInputValue {
  if (cell === undefined) return null
  if (typeof cell === 'boolean') return cell ? 1 : 0
  if (typeof cell === 'string' || typeof cell === 'number' || Buffer.isBuffer(cell)) return cell
  return toJson(cell)
}

/** The answer of `jobs.query`: every value is text. */
export function queryAnswer(rows: readonly Record<string, SQLOutputValue>[], projectId: string): object {
  const names = Object.keys(rows[0] ?? {})
  const fields = names.map((name) => {
    const numeric = rows.every((row) => typeof row[name] === 'number')
    return { name, type: numeric ? 'INTEGER' : 'STRING', mode: 'NULLABLE' }
  })
  const textOf = (value: SQLOutputValue | undefined) => {
    if (value === null || value === undefined) return null
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value)
  }
  return {
    kind: 'bigquery#queryResponse',
    jobComplete: true,
    jobReference: { projectId, jobId: `job_${rows.length}`, location: 'EU' },
    schema: { fields },
    totalRows: String(rows.length),
    rows: rows.map((row) => ({ f: names.map((name) => ({ v: textOf(row[name]) })) })),
  }
}
