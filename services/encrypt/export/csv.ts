import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'

const CHUNK_CHARACTERS = 64 * 1024
/** What a spreadsheet reads as the beginning of a formula (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/
const QUOTED = /[",\r\n]|^\s|\s$/

export interface CsvExportOptions {
  /** Called for each cell that got an apostrophe in front. */
  readonly onGuarded?: () => void
}

/**
 * CSV (RFC 4180) in UTF-8: a header with the names of all fields in their order, then one row per record. A text that a
 * spreadsheet would read as a formula gets an apostrophe in front; numbers stay as they are. Null is an empty cell, an empty
 * text is `""`, a nested value is canonical JSON. Reads the records twice, for the columns and for their values. The same
 * records give the same bytes. Throws `invalid` (`csv_of_arrays`) for a tensor, and `conflict` (`changed`) if the second reading
 * finds a field that the first did not.
 */
export async function* exportCsv(
  open: () => AsyncIterable<DataRecord>,
  { onGuarded = () => {} }: CsvExportOptions = {},
): AsyncGenerator<Uint8Array> {
  const names = new Set<string>()
  for await (const { fields } of open()) for (const name of Object.keys(fields)) names.add(name)
  const columns = [...names].sort()
  if (columns.length === 0) return
  let text = `${columns.map((name) => textCell(name, onGuarded)).join(',')}\r\n`
  for await (const { fields } of open()) {
    if (Object.keys(fields).some((name) => !names.has(name))) {
      throw new AppError('conflict', 'the records changed while they were read: export again', { reason: 'changed' })
    }
    text += `${columns.map((name) => cell(fields[name] ?? null, onGuarded)).join(',')}\r\n`
    if (text.length < CHUNK_CHARACTERS) continue
    yield Buffer.from(text, 'utf8')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'utf8')
}

function cell(value: Value, onGuarded: () => void): string {
  if (value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Tensor) {
    const message = 'an array does not fit into a cell of a CSV: export it as npz, parquet or jsonl'
    throw new AppError('invalid', message, { reason: 'csv_of_arrays' })
  }
  return textCell(typeof value === 'string' ? value : canonicalJson(value), onGuarded)
}

function textCell(text: string, onGuarded: () => void): string {
  const isFormula = FORMULA.test(text)
  if (isFormula) onGuarded()
  const safe = isFormula ? `'${text}` : text
  return safe === '' || QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
