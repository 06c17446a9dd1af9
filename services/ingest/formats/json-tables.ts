import type { Fields, Value } from '#core/value.ts'
import { measureJson } from '../record/decode.ts'
import { LABEL_NAMES } from '../record/label-names.ts'
import { broken, FormatError, type FormatItem, type FormatLimits, type FormatReader, type InputFile } from './format.ts'
import { asUtf8, encodingOfJson, textIn } from './encoding.ts'
import { jsonReader } from './json-values.ts'
import { questionsIn } from './squad.ts'

/** The largest table in bytes: it must be held in memory as a whole. */
const MAX_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 64
const BATCH = 1000
export const REMEDY = 'with pandas: df.to_json("data.jsonl", orient="records", lines=True)'

/** The beginning of a table: a name and a list of columns, a schema, or an object of objects. */
const BEGINNING = /^\s*\{\s*(?:"columns"\s*:\s*\[|"schema"\s*:\s*\{\s*"fields"|"(?:[^"\\]|\\.)*"\s*:\s*\{)/
/** Names under which the records of an answer, or of a data set, stand. A list with another name may belong to one record. */
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
/** From this many objects on, a list holds records, whatever stands beside it. */
const MANY = 50
/** A text of at least this many words beside a list describes one record, unless its name belongs to a whole data set. */
const PROSE_WORDS = 5
const ABOUT =
  /^(?:descriptions?|titles?|name|licen[cs]es?|citation|source|homepage|url|info|about|notes?|message|copyright|disclaimer)$/i
/** The beginning of articles with questions about their paragraphs. */
const QUESTIONS = /"paragraphs"\s*:\s*\[\s*\{[^]*"(?:qas|context)"\s*:/
/** Characters after a key within which its value must begin. */
const AFTER = 200
/** The row names that pandas gives to rows without names. */
const NUMBER = /^-?\d+$/

type Json = Value | undefined
type JsonObject = Readonly<Record<string, Json>>

/**
 * A table as pandas writes it to JSON: by columns (`{"a":{"0":1},"b":{"0":2}}`, its default), by rows (`index`), in parts
 * (`split`) or with a schema (`table`); also the records under one key, as in answers of services
 * (`{"status":"ok","items":[…]}`), and the questions within articles (SQuAD), below a key or as a bare list. Rows are in the
 * order of their numbers; row names that are not numbers become the field `index`. A file that only begins like a table is read
 * as JSON.
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

/** Whether a file may be a table. JSON Lines begin alike, but continue after the end of the first line. */
function mayBeTable(head: Uint8Array): boolean {
  const text = beginningIn(head)
  if (!BEGINNING.test(text) && listIn(text) === undefined && !isListOfArticles(text)) return false
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

function beginningIn(head: Uint8Array): string {
  return textIn(head).replace(/^\ufeff/, '')
}

/** Advice on how to write a file that is too large to be read as a whole. */
function remedyFor(head: Uint8Array): string {
  const text = beginningIn(head)
  const key = BEGINNING.test(text) ? undefined : listIn(text)
  const articles = isListOfArticles(text) ? '' : key !== undefined && QUESTIONS.test(text) ? key : undefined
  if (articles !== undefined)
    return `where it holds questions about paragraphs, as SQuAD does, split its articles into files of at most 64 MiB: jq '{data: .${articles}[:200]}' data.json > 1.json, jq '{data: .${articles}[200:]}' data.json > 2.json`
  return key === undefined
    ? `where it is a table, write it by rows, ${REMEDY}`
    : `where ${key} holds the records, write them as JSON lines, a record on each: jq -c '.${key}[]' data.json > data.jsonl`
}

/** Whether a text may begin a bare list of articles with questions about their paragraphs: what stands below `data` in SQuAD. */
function isListOfArticles(text: string): boolean {
  return /^\s*\[\s*\{/.test(text) && QUESTIONS.test(text)
}

/** The first top-level key of an object that has a name of `RECORDS` and a list of objects as its value. */
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

/** The whole file as text; null if it is too large for a table, '' if it cannot be read as text. */
async function textOf(file: InputFile): Promise<string | null> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of asUtf8(file.stream(), encodingOfJson(await file.head()))) {
      parts.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES) return null
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (error) {
    if (error instanceof FormatError || error instanceof TypeError) return '' // reading it as JSON will report the fault at its place
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
  /** Names of what stands beside the rows and belongs to none of them. */
  readonly leftOut: readonly string[]
}

/** The rows of a table; null if the text is none, or could be read in two ways. */
function tableIn(text: string): Table | null {
  const { depth, members } = measureJson(text)
  const whole = depth > MAX_DEPTH ? undefined : parsed(text)
  if (whole === undefined || membersOf(whole) !== members) return null
  if (Array.isArray(whole)) return questionsIn(whole)
  if (!isObject(whole)) return null
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
 * The records under one key; null unless that is the only list with contents. A list of fewer than `MANY` is also refused if a
 * label that the records lack, or a description of one record, stands beside it. What stands beside the records is left out and
 * named.
 */
function recordsUnder(whole: JsonObject): Table | null {
  const members = Object.entries(whole)
  const lists = members.filter(([, value]) => Array.isArray(value) && value.length > 0)
  const [[name, list] = ['', null]] = lists
  if (lists.length !== 1 || !RECORDS.includes(name) || !Array.isArray(list) || !list.every(isObject)) return null
  const beside = members.filter(([key]) => key !== name)
  const leftOut = beside.map(([key]) => key)
  const questions = questionsIn(list)
  if (questions !== null) return { rows: questions.rows, leftOut: [...leftOut, ...questions.leftOut] }
  const isOwn = ([key, value]: readonly [string, Json]) => isLabelOf(key, value, list) || isAbout(key, value)
  if (list.length < MANY && beside.some(isOwn)) return null
  return { rows: list, leftOut }
}

function isLabelOf(key: string, value: Json, list: readonly JsonObject[]): boolean {
  const isLabel = value !== null && LABEL_NAMES.includes(key.toLowerCase())
  return isLabel && !list.every((record) => Object.hasOwn(record, key))
}

function isAbout(key: string, value: Json): boolean {
  return typeof value === 'string' && !ABOUT.test(key) && value.trim().split(/\s+/).length >= PROSE_WORDS
}

/**
 * The number of members of a parsed value, nested ones included. It shows duplicate keys, since parsing keeps only one of them.
 */
function membersOf(value: Json): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + membersOf(one), 0)
  if (!isObject(value)) return 0
  return Object.values(value).reduce((sum: number, one) => sum + 1 + membersOf(one), 0)
}

/** A row without pandas's column of row numbers, which says nothing about the rows. */
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
  // a single row or column might as well be an object within a record
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
