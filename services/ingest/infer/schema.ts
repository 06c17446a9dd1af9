import { featureFields, type FeatureSpec } from '#core/contract.ts'
import { filled, type ColumnStats } from './columns.ts'

/** Of the cells that hold something, so many must agree for a column to be of a type: the rest are the ones to refuse. */
const AGREEMENT = 0.95
/** Values this many spans outside what the sample shows are refused: wrong units, hostile magnitudes. */
const SPANS = 100
/** A sample that never lacks a value tells that none may be lacking only if it is this large. */
const TELLING = 1000

export type ColumnType = 'number' | 'category' | 'text' | 'time'

/** What kind of column a table has here, codes among its numbers left aside; null for what no detector can look at. */
export function columnType(column: ColumnStats, codes: readonly string[] = []): ColumnType | null {
  const there = filled(column)
  if (there === 0 || column.containers + sum(column.shapes) > there / 2) return null
  const coded = codes.reduce((total, code) => total + (column.wording.get(code) ?? 0), 0)
  if (column.numbers + coded >= there * AGREEMENT && column.coded < there / 100) return 'number'
  if (column.times >= there * AGREEMENT) return 'time'
  const isProse = column.words / Math.max(1, column.texts) >= 5 && column.distinct.size > there / 2
  return isProse ? 'text' : 'category'
}

/** A JSON Schema (2020-12) that the sample meets, but for its odd ones out. Allows what a sample of its size cannot exclude. */
export function inferSchema(
  columns: readonly ColumnStats[],
  { sampled, typed }: { readonly sampled: number; readonly typed: boolean },
  features: FeatureSpec,
  label: string | undefined,
  codes: ReadonlyMap<string, readonly string[]> = new Map(),
): Record<string, unknown> {
  const sample = wantedFields(features)
  const wanted = new Set(label === undefined ? sample : [...sample, label])
  const properties = Object.fromEntries(
    columns.map((column) => [
      column.name,
      arrayProperty(column, wanted.has(column.name)) ?? property(column, typed, codes.get(column.name) ?? []),
    ]),
  )
  const isUsual = (column: ColumnStats) => column.present >= sampled * AGREEMENT
  // a split without labels is none the worse for it
  const required = columns
    .filter((column) => isUsual(column) || (wanted.has(column.name) && column.name !== label))
    .map((column) => column.name)
  const isClosed = columns.every((column) => isUsual(column) || column.name === label)
  const lacksLabels = columns.some(({ name, missing }) => name === label && missing > 0)
  for (const name of wanted) if (name !== label || !lacksLabels) properties[name] = withoutNull(properties[name])
  // No record of the sample has the label. An empty cell is read as no label, so the schema must admit null.
  if (label !== undefined && columns.some((column) => column.name === label && filled(column) === 0))
    properties[label] = { type: ['string', 'number', 'boolean', 'null'] }
  // a response that spells a number, or that says None, is text all the same
  if (features.kind === 'exchange' && !typed)
    for (const name of featureFields(features)) if (name in properties) properties[name] = { type: 'string' }
  return { type: 'object', properties, required, ...(isClosed ? { additionalProperties: false } : {}) }
}

/** The fields without which a record has no sample; an exchange may do without all but its response. */
function wantedFields(features: FeatureSpec): string[] {
  if (features.kind === 'table') return []
  if (features.kind !== 'exchange') return [features.field]
  const { messages, response, rejected } = features.fields
  return [messages, response, rejected].flatMap((field) => field?.split('.')[0] ?? [])
}

/** `typed`: the format tells numbers from texts that spell one, so that such texts are texts. */
function property(column: ColumnStats, typed: boolean, codes: readonly string[]): Record<string, unknown> {
  const nullable = column.missing > 0 || column.present < TELLING
  const type = (name: string) => (nullable ? [name, 'null'] : name)
  const there = filled(column)
  if (there === 0 || column.containers > 0) return {}
  if (column.booleans >= there * AGREEMENT) return { type: type('boolean') }
  if (columnType(column, codes) === 'number' && !(typed && column.typedNumbers < column.numbers)) {
    const whole = column.integers === column.numbers && column.present >= TELLING
    const number = whole ? 'integer' : 'number'
    if (codes.length === 0) return { type: type(number), ...range(column) }
    return { type: [number, 'string', ...(nullable ? ['null'] : [])], ...range(column), pattern: anyOf(codes) }
  }
  // names that happen to be numbers, such as a film called 300: only a format with types can hold them as such
  if (column.typedNumbers + column.booleans > 0) return { type: ['string', 'number', 'boolean', 'null'] }
  return { type: type('string') }
}

/** Arrays of one shape, bytes of any length, or arrays of several shapes; null where a column holds something else. */
function arrayProperty(column: ColumnStats, isWanted: boolean): Record<string, unknown> | null {
  const { shapes, missing } = column
  const least = filled(column) * AGREEMENT
  const [most] = [...shapes].sort(([, a], [, b]) => b - a)
  if (!most || sum(shapes) < least) return null
  const areBytes = [...shapes.keys()].every((key) => /^u8:\d+$/.test(key))
  if (most[1] < least && !areBytes) return {}
  const property = tensorProperty(most[1] >= least ? most[0] : 'u8:-1')
  return missing > 0 && !isWanted ? { anyOf: [property, { type: 'null' }] } : property
}

function tensorProperty(key: string): Record<string, unknown> {
  const [dtype = '', sides = ''] = key.split(':')
  if (dtype === 'list') {
    return { type: 'array', items: { type: 'number' }, minItems: Number(sides), maxItems: Number(sides) }
  }
  return { tensor: { dtype, shape: sides.split('×').map(Number) } }
}

/** A pattern says nothing of numbers. */
function anyOf(texts: readonly string[]): string {
  return `^(?:${texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')})$`
}

function range({ min, max }: ColumnStats): Record<string, number> {
  const span = max - min
  if (!(span > 0)) return {}
  return { minimum: rounded(min - SPANS * span, Math.floor), maximum: rounded(max + SPANS * span, Math.ceil) }
}

/** To two digits, outward. */
function rounded(value: number, outward: (value: number) => number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1)
  return Number((outward(value / unit) * unit).toPrecision(12))
}

function withoutNull(schema: Record<string, unknown> = {}): Record<string, unknown> {
  const { type } = schema
  if (!Array.isArray(type)) return schema
  const rest = type.filter((name) => name !== 'null')
  return { ...schema, type: rest.length === 1 ? rest[0] : rest }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}
