import type { Contract } from '#core/contract.ts'
import type { Fields, Value } from '#core/value.ts'

/**
 * Texts that mean a missing value in cells: `.` in SAS and Stata, `?` in the UCI archive, `#N/A` in spreadsheets, `<NA>` in
 * pandas.
 */
export const MISSING = new Set([
  '',
  'NA',
  '<NA>',
  '#N/A',
  'N/A',
  'n/a',
  'null',
  'NULL',
  'nil',
  'None',
  'NaN',
  'nan',
  '.',
  '?',
])

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i

/** The number that a cell spells, or null. Returns NaN and infinities too; whether they are allowed is decided elsewhere. */
export function numberOf(cell: string): number | null {
  const text = cell.trim()
  if (NUMBER.test(text)) return Number(text)
  if (!NOT_FINITE.test(text)) return null
  return /nan/i.test(text) ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity
}

const DECIMAL_COMMA = /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+(?:[eE][+-]?\d{1,4})?$/

/**
 * A number with a decimal comma, and perhaps points between thousands, in the form that `numberOf` reads; other text unchanged.
 */
export function withPoint(cell: string): string {
  const text = cell.trim()
  return DECIMAL_COMMA.test(text) ? text.replaceAll('.', '').replace(',', '.') : cell
}

type CellType = 'number' | 'boolean' | 'null' | 'string'

/**
 * Gives types to the text cells of formats without types (CSV), by the contract's schema of each column. A cell that does not
 * fit stays text, which validation will refuse. `decimalComma`: a comma may stand before decimals.
 */
export function createCoercer(contract: Contract): (fields: Fields, decimalComma?: boolean) => Fields {
  const types = columnTypes(contract.schema)
  return (fields, decimalComma = false) => {
    const typed: Record<string, Value> = { ...fields }
    for (const [column, allowed] of types) {
      const cell = fields[column]
      if (typeof cell === 'string') typed[column] = coerceCell(cell, allowed, decimalComma)
    }
    return typed
  }
}

function coerceCell(cell: string, allowed: ReadonlySet<CellType>, decimalComma: boolean): Value {
  if (allowed.has('null') && MISSING.has(cell.trim())) return null
  if (allowed.has('number')) {
    const number = numberOf(decimalComma ? withPoint(cell) : cell)
    if (number !== null) return number
  }
  if (allowed.has('boolean') && /^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === 'true'
  return cell
}

function columnTypes(schema: Contract['schema']): Map<string, ReadonlySet<CellType>> {
  const types = new Map<string, ReadonlySet<CellType>>()
  for (const [column, property] of Object.entries(schema['properties'] ?? {})) {
    const { type } = property as { type?: unknown }
    const named = (Array.isArray(type) ? type : [type]).map((name) => (name === 'integer' ? 'number' : name))
    types.set(column, new Set(named as CellType[]))
  }
  return types
}
