import { AppError } from './errors.ts'
import type { DataRecord, Provenance } from './record.ts'
import { canonicalJson, parseCanonicalJson, type Fields, type Value } from './value.ts'

const NEWLINE = 0x0a

/**
 * Records as objects hold them: one canonical JSON line each, `{"fields":…,"id":…,"provenance":…}`, in the order given.
 * Same records, same bytes. Throws RangeError on a number that JSON cannot hold.
 */
export function encodeRecords(records: readonly DataRecord[]): Uint8Array {
  return Buffer.concat(records.map((record) => Buffer.from(`${recordLine(record)}\n`, 'utf8')))
}

/** The inverse of `encodeRecords`. Throws `corrupt` on anything it did not write. */
export function decodeRecords(bytes: Uint8Array): DataRecord[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: DataRecord[] = []
  for (let start = 0; start < buffer.length;) {
    const end = buffer.indexOf(NEWLINE, start)
    if (end < 0) throw corrupt(records.length)
    records.push(parseRecord(buffer.toString('utf8', start, end), records.length))
    start = end + 1
  }
  return records
}

/** One record as one line of canonical JSON, without the line's end. */
export function recordLine({ id, fields, provenance }: DataRecord): string {
  const { source, partition, position, contributor } = provenance
  const origin = { source, partition, position, ...(contributor === undefined ? {} : { contributor }) }
  return canonicalJson({ id, fields, provenance: origin })
}

function parseRecord(line: string, index: number): DataRecord {
  let value: Value
  try {
    value = parseCanonicalJson(line)
  } catch {
    throw corrupt(index) // the parser's own message would quote the record
  }
  if (!isObject(value)) throw corrupt(index)
  const { id, fields, provenance } = value
  if (typeof id !== 'string' || !isObject(fields) || !isProvenance(provenance)) throw corrupt(index)
  return { id, fields, provenance }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isProvenance(value: unknown): value is Provenance {
  if (!isObject(value)) return false
  const { source, partition, position, contributor } = value
  const texts = [source, partition, position, contributor ?? '']
  return texts.every((text) => typeof text === 'string')
}

function corrupt(index: number): AppError {
  return new AppError('corrupt', `line ${index + 1} of a record object is not a record`, { reason: 'record_line' })
}
