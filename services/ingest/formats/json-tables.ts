import type { Fields, Value } from '#core/value.ts'
import { measureJson } from '../record/decode.ts'
import { LABEL_NAMES } from '../record/label-names.ts'
import { broken, FormatError, type FormatItem, type FormatLimits, type FormatReader, type InputFile } from './format.ts'
import { jsonReader } from './json-values.ts'

/** A table that is written by its columns is held whole. */
const MAX_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 64
const BATCH = 1000
export const REMEDY = 'with pandas: df.to_json("data.jsonl", orient="records", lines=True)'

/** What a table begins with: a name and a list of columns, a schema, or an object of objects. */
const BEGINNING = /^\s*\{\s*(?:"columns"\s*:\s*\[|"schema"\s*:\s*\{\s*"fields"|"(?:[^"\\]|\\.)*"\s*:\s*\{)/
/** What the records of an answer, or of a set, stand under; a list by another name may be one record's own. */
const RECORDS = [
  'data',
  'items',
  'records',
  'rows',
  'results',
  'examples',
  'samples',
  'instances',
  'entries',
  'documents',
]
/** So many objects are records, whatever stands beside them. */
const MANY = 50
/** A text beside a list of so many words, by a name that says nothing of a whole set, is what one record is about. */
const PROSE_WORDS = 5
const ABOUT =
  /^(?:descriptions?|titles?|name|licen[cs]es?|citation|source|homepage|url|info|about|notes?|message|copyright|disclaimer)$/i
/** Within so many characters of a key its value begins. */
const AFTER = 200
/** How pandas numbers the rows of a table that nobody named. */
const NUMBER = /^-?\d+$/

type Json = Value | undefined
type JsonObject = Readonly<Record<string, Json>>

/**
 * A table as pandas writes it to JSON: by columns (`{"a":{"0":1},"b":{"0":2}}`, its default), by rows (`index`), in halves
 * (`split`) or with a schema (`table`); and the records below one key, as answers of services have them
 * (`{"status":"ok","items":[…]}`). Rows are in the order of their numbers; names of rows that are no numbers are the field
 * `index`. What only begins like one is JSON.
 */
export const jsonTableReader: FormatReader = {
  name: 'json',
  recognises: (name, head) => /\.json$/i.test(name) && mayBeTable(head),
  async *read(file, from, limits) {
    const head = await file.head()
    const text = mayBeTable(head) ? await textOf(file) : ''
    const table = text === null ? null : tableIn(text)
    if (table === null) {
      const remedy = text === null ? remedyFor(head) : null
      for await (const items of jsonReader.read(file, from, limits))
        yield remedy === null ? items : items.map((item) => withRemedy(item, remedy))
      return
    }
    const { rows, leftOut } = table
    for (let start = from; start < rows.length; start += BATCH) {
      const items = rows.slice(start, start + BATCH).map((row, i) => itemOf(row, start + i, limits))
      yield start > 0 ? items : items.map((item) => (item.index === 0 ? { ...item, leftOut } : item))
    }
  },
}

/** JSON lines begin likewise, and go on after the end of a line. */
function mayBeTable(head: Uint8Array): boolean {
  const text = textIn(head)
  if (!BEGINNING.test(text) && listIn(text) === undefined) return false
  const end = text.indexOf('\n')
  return end < 0 || text.slice(end).trim() === '' || parsed(text.slice(0, end)) === undefined
}

function itemOf(row: Fields, index: number, { itemBytes }: FormatLimits): FormatItem {
  const bytes = Buffer.byteLength(JSON.stringify(row))
  const body =
    bytes > itemBytes
      ? broken('too_large', `a row of ${bytes} bytes`)
      : ({ kind: 'fields', fields: row, bytes } as const)
  return { index, body }
}

function textIn(head: Uint8Array): string {
  return Buffer.from(head)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}

/** How what is too large to be held whole is written a record at a time. */
function remedyFor(head: Uint8Array): string {
  const text = textIn(head)
  const key = BEGINNING.test(text) ? undefined : listIn(text)
  return key === undefined
    ? `where it is a table, write it by rows, ${REMEDY}`
    : `where ${key} holds the records, write them as JSON lines, a record on each: jq -c '.${key}[]' data.json > data.jsonl`
}

/** The first key of an object, and of none within it, that a list of objects stands under, as records do. */
function listIn(text: string): string | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\[^][^"\\]*)*"?|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && RECORDS.includes(token.slice(1, -1))) {
      const after = text.slice(index + token.length, index + token.length + AFTER)
      if (/^\s*:\s*\[\s*\{/.test(after)) return token.slice(1, -1)
    }
  }
  return undefined
}

function withRemedy(item: FormatItem, remedy: string): FormatItem {
  const { body } = item
  if (body.kind !== 'broken' || body.reason !== 'too_large') return item
  const detail = `${body.detail}; ${remedy}`
  return { ...item, body: { ...body, detail } }
}

/** The whole file; null where that is more than a table may be, or no text. */
async function textOf(file: InputFile): Promise<string | null> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of file.stream()) {
      parts.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES) return null
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (error) {
    if (error instanceof FormatError || error instanceof TypeError) return '' // read as JSON it is met again, at its place
    throw error
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

interface Table {
  readonly rows: readonly Fields[]
  /** Names of what stands beside the rows, and is no part of them. */
  readonly leftOut: readonly string[]
}

/** The rows of a table; null where the text is none, or could be read in two ways. */
function tableIn(text: string): Table | null {
  const { depth, members } = measureJson(text)
  const whole = depth > MAX_DEPTH ? undefined : parsed(text)
  if (!isObject(whole) || membersOf(whole) !== members) return null
  const { schema, columns, index, data } = whole
  if (isObject(schema) && Array.isArray(schema['fields']) && Array.isArray(data) && data.every(isObject))
    return tableOf(data.map((row) => withoutCount(row, schema)))
  if (Array.isArray(columns) && Array.isArray(data)) return tableOf(fromHalves(columns, index, data))
  return recordsUnder(whole) ?? tableOf(fromObjects(whole))
}

function tableOf(rows: readonly Fields[] | null): Table | null {
  return rows && { rows, leftOut: [] }
}

/**
 * The records below one key, where nothing beside them is a list that holds something, and nothing beside a few of them is a
 * label that they have not, or what a record is about: what is told of all of them is left out.
 */
function recordsUnder(whole: JsonObject): Table | null {
  const members = Object.entries(whole)
  const lists = members.filter(([, value]) => Array.isArray(value) && value.length > 0)
  const [[name, list] = ['', null]] = lists
  if (lists.length !== 1 || !RECORDS.includes(name) || !Array.isArray(list) || !list.every(isObject)) return null
  const beside = members.filter(([key]) => key !== name)
  const isOwn = ([key, value]: readonly [string, Json]) => isLabelOf(key, value, list) || isAbout(key, value)
  if (list.length < MANY && beside.some(isOwn)) return null
  return { rows: list, leftOut: beside.map(([key]) => key) }
}

function isLabelOf(key: string, value: Json, list: readonly JsonObject[]): boolean {
  const isLabel = value !== null && LABEL_NAMES.includes(key.toLowerCase())
  return isLabel && !list.every((record) => Object.hasOwn(record, key))
}

function isAbout(key: string, value: Json): boolean {
  return typeof value === 'string' && !ABOUT.test(key) && value.trim().split(/\s+/).length >= PROSE_WORDS
}

/** Members that are left of an object and what is in it: of two under one key there is one. */
function membersOf(value: Json): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + membersOf(one), 0)
  if (!isObject(value)) return 0
  return Object.values(value).reduce((sum: number, one) => sum + 1 + membersOf(one), 0)
}

/** The column that numbers the rows says nothing of them. */
function withoutCount(row: JsonObject, { primaryKey, fields }: JsonObject): Fields {
  const isCount = (field: Json) => isObject(field) && field['name'] === 'index' && field['type'] === 'integer'
  const counts = Array.isArray(primaryKey) && primaryKey.length === 1 && primaryKey[0] === 'index'
  if (!counts || !(Array.isArray(fields) && fields.some(isCount))) return row as Fields
  return Object.fromEntries(Object.entries(row as Fields).filter(([name]) => name !== 'index'))
}

function fromHalves(columns: readonly Json[], index: Json, data: readonly Json[]): Fields[] | null {
  const names = columns.map(String)
  const isTable =
    columns.every((name) => typeof name === 'string' || typeof name === 'number') &&
    new Set(names).size === names.length &&
    data.every((row) => Array.isArray(row) && row.length === names.length) &&
    (index === undefined || (Array.isArray(index) && index.length === data.length))
  if (!isTable) return null
  const labels = Array.isArray(index) && index.some((label) => typeof label !== 'number') ? index : null
  return data.map((row, i) =>
    named(
      labels?.[i],
      names.map((name, k) => [name, (row as readonly Value[])[k] ?? null]),
    ),
  )
}

function fromObjects(whole: JsonObject): Fields[] | null {
  const names = Object.keys(whole)
  const objects = Object.values(whole)
  const [first] = objects
  if (!isObject(first)) return null
  const inner = Object.keys(first)
  const isEven = objects.every(
    (one) => isObject(one) && Object.keys(one).length === inner.length && inner.every((key) => Object.hasOwn(one, key)),
  )
  if (!isEven || inner.length === 0) return null
  const [byRows, byColumns] = [names, inner].map((keys) => keys.every((key) => NUMBER.test(key)))
  if (byRows === byColumns) return null
  // one row, or one column, may as well be an object within a record
  if (byRows) return names.length < 2 ? null : (objects as Fields[])
  const isCells = objects.every((one) => isObject(one) && !Object.values(one).some(isObject))
  if (names.length < 2 || inner.length < 2 || !isCells) return null
  return inner.map((key) =>
    named(
      undefined,
      names.map((name, k) => [name, (objects[k] as Fields)[key] ?? null]),
    ),
  )
}

function named(label: Json, cells: readonly (readonly [string, Value])[]): Fields {
  const isTaken = cells.some(([name]) => name === 'index')
  return Object.fromEntries(label === undefined || isTaken ? cells : [['index', label], ...cells])
}

function isObject(value: Json): value is JsonObject & Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
