import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fromJson, toJson, type Row } from './wire.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly mode?: 'NULLABLE' | 'REQUIRED' | 'REPEATED'
  readonly fields?: readonly Column[]
}

/** A table or a view, in the words of its JSON resource. */
export interface TableResource {
  readonly tableReference: { readonly projectId: string; readonly datasetId: string; readonly tableId: string }
  readonly schema?: { readonly fields: readonly Column[] }
  readonly view?: { readonly query: string }
  readonly encryptionConfiguration?: { readonly kmsKeyName: string }
}

export interface Stream {
  readonly name: string
  readonly table: string
  readonly type: string
  readonly created: string
  rows: Row[]
  finalized: boolean
  committed: string | null
}

type Event =
  | { readonly kind: 'table'; readonly table: TableResource }
  | {
      readonly kind: 'stream'
      readonly name: string
      readonly table: string
      readonly type: string
      readonly created: string
    }
  | { readonly kind: 'append'; readonly name: string; readonly rows: Row[] }
  | { readonly kind: 'finalize'; readonly name: string }
  | { readonly kind: 'commit'; readonly names: readonly string[]; readonly time: string }
  | { readonly kind: 'forget'; readonly name: string }

/** Tables by `projects/…/datasets/…/tables/…`, streams by name; in a folder, a journal of everything that changed them. */
export class Tables {
  readonly tables = new Map<string, TableResource>()
  readonly streams = new Map<string, Stream>()
  readonly #shown = new Map<string, Row[]>()
  readonly #journal: string | undefined

  constructor(folder: string | undefined) {
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    this.#journal = path.join(folder, 'journal.jsonl')
    if (!existsSync(this.#journal)) return
    const text = readFileSync(this.#journal, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n')) // what was half written was never answered
    for (const line of whole.split('\n').filter((line) => line !== '')) this.#apply(fromJson(line) as Event)
  }

  setTable(table: TableResource): void {
    this.#change({ kind: 'table', table })
  }

  addStream(table: string, type: string): Stream {
    const name = `${table}/streams/${randomUUID()}`
    this.#change({ kind: 'stream', name, table, type, created: new Date().toISOString() })
    return this.streams.get(name) as Stream
  }

  append(name: string, rows: Row[]): void {
    this.#change({ kind: 'append', name, rows })
  }

  finalize(name: string): void {
    this.#change({ kind: 'finalize', name })
  }

  commit(names: readonly string[]): string {
    const time = new Date().toISOString()
    this.#change({ kind: 'commit', names, time })
    return time
  }

  /** As the service forgets streams that nobody has touched for days; committed rows stay. */
  forget(name: string): void {
    this.#change({ kind: 'forget', name })
  }

  /** What a query sees, in the order of the commits. */
  rows(table: string): readonly Row[] {
    return this.#shown.get(table) ?? []
  }

  #change(event: Event): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, `${toJson(event)}\n`)
    this.#apply(event)
  }

  #apply(event: Event): void {
    switch (event.kind) {
      case 'table':
        this.tables.set(tableName(event.table.tableReference), event.table)
        break
      case 'stream': {
        const { name, table, type, created } = event
        this.streams.set(name, { name, table, type, created, rows: [], finalized: false, committed: null })
        break
      }
      case 'append': {
        const stream = this.streams.get(event.name)
        stream?.rows.push(...event.rows)
        if (stream?.type === 'COMMITTED') this.#show(stream.table, event.rows)
        break
      }
      case 'finalize': {
        const stream = this.streams.get(event.name)
        if (stream !== undefined) stream.finalized = true
        break
      }
      case 'commit':
        for (const name of event.names) {
          const stream = this.streams.get(name)
          if (stream === undefined) continue
          stream.committed = event.time
          this.#show(stream.table, stream.rows)
        }
        break
      case 'forget':
        this.streams.delete(event.name)
    }
  }

  #show(table: string, rows: readonly Row[]): void {
    this.#shown.set(table, [...(this.#shown.get(table) ?? []), ...rows])
  }
}

export function tableName({ projectId, datasetId, tableId }: TableResource['tableReference']): string {
  return `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`
}

const SYNONYMS: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
}

/** Types and modes as the service spells them in its answers. */
export function normalized(columns: readonly Column[]): Column[] {
  return columns.map(({ fields, ...column }) => ({
    ...column,
    type: SYNONYMS[column.type] ?? column.type,
    mode: column.mode ?? 'NULLABLE',
    ...(fields === undefined ? {} : { fields: normalized(fields) }),
  }))
}

/** What a change of schema may not do, or null: columns stay, with their types; new ones may be absent. */
export function schemaFault(before: readonly Column[], after: readonly Column[]): string | null {
  for (const column of before) {
    const now = after.find(({ name }) => name.toLowerCase() === column.name.toLowerCase())
    if (now === undefined) return `Field ${column.name} is missing in new schema`
    if (now.type !== column.type) return `Field ${column.name} has changed type from ${column.type} to ${now.type}`
    const fault = schemaFault(column.fields ?? [], now.fields ?? [])
    if (fault !== null) return fault
  }
  const held = new Set(before.map(({ name }) => name.toLowerCase()))
  const added = after.find(({ name, mode }) => mode === 'REQUIRED' && !held.has(name.toLowerCase()))
  return added === undefined ? null : `Cannot add required fields to an existing schema. (field: ${added.name})`
}
