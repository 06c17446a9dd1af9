import type { Decision } from './decision.ts'
import { AppError } from './errors.ts'
import type { DataRecord, Provenance } from './record.ts'
import { canonicalJson, parseCanonicalJson, type Value } from './value.ts'

const NEWLINE = 0x0a

/** A record that was not admitted, with the decision that holds it. */
export interface HeldRecord {
  readonly decision: Exclude<Decision, 'admit'>
  readonly record: DataRecord
}

/**
 * Encodes records as objects hold them: one line of canonical JSON each, `{"fields":…,"id":…,"provenance":…}`, in the order
 * given. The same records give the same bytes. Throws RangeError for a number that JSON cannot hold.
 */
export function encodeRecords(records: readonly DataRecord[]): Uint8Array {
  return linesOf(records, (record) => recordLine(record))
}

/** Like `encodeRecords`, but each line also has its `decision`; `decodeRecords` reads these lines too. */
export function encodeHeld(held: readonly HeldRecord[]): Uint8Array {
  return linesOf(held, ({ record, decision }) => recordLine(record, decision))
}

/** The inverse of `encodeRecords`. Throws `corrupt` for anything that is not a record. */
export function decodeRecords(bytes: Uint8Array): DataRecord[] {
  return readLines(bytes, (line, index) => parseLine(line, index).record)
}

/** The inverse of `encodeHeld`. Throws `corrupt` for anything that `encodeHeld` did not write. */
export function decodeHeld(bytes: Uint8Array): HeldRecord[] {
  return readLines(bytes, (line, index) => {
    const { record, decision } = parseLine(line, index)
    if (decision !== 'quarantine' && decision !== 'reject') throw corrupt(index)
    return { record, decision }
  })
}

/** One record as one line of canonical JSON, without the newline. */
export function recordLine({ id, fields, provenance }: DataRecord, decision?: HeldRecord['decision']): string {
  const { source, partition, position, contributor } = provenance
  const origin = { source, partition, position, ...(contributor === undefined ? {} : { contributor }) }
  return canonicalJson({ id, fields, provenance: origin, ...(decision === undefined ? {} : { decision }) })
}

/** The number of lines that are encoded at once: many at once is faster than one by one, but a string has a maximal length. */
const LINES_AT_ONCE = 256 * 1024

function linesOf<T>(list: readonly T[], line: (item: T) => string): Uint8Array {
  const parts: Buffer[] = []
  let text = ''
  for (const item of list) {
    text += `${line(item)}\n`
    if (text.length < LINES_AT_ONCE) continue
    parts.push(Buffer.from(text, 'utf8'))
    text = ''
  }
  return Buffer.concat([...parts, Buffer.from(text, 'utf8')])
}

function readLines<T>(bytes: Uint8Array, read: (line: string, index: number) => T): T[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values: T[] = []
  for (let start = 0; start < buffer.length;) {
    const end = buffer.indexOf(NEWLINE, start)
    if (end < 0) throw corrupt(values.length)
    values.push(read(buffer.toString('utf8', start, end), values.length))
    start = end + 1
  }
  return values
}

function parseLine(line: string, index: number): { record: DataRecord; decision: unknown } {
  let value: Value
  try {
    value = parseCanonicalJson(line)
  } catch {
    throw corrupt(index) // the parser's own message would quote the record
  }
  if (!isObject(value)) throw corrupt(index)
  const { id, fields, provenance, decision } = value
  if (typeof id !== 'string' || !isObject(fields) || !isProvenance(provenance)) throw corrupt(index)
  return { record: { id, fields, provenance }, decision }
}

function isObject(value: unknown): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isProvenance(value: unknown): value is Provenance {
  if (!isObject(value)) return false
  const { source, partition, position, contributor } = value
  return [source, partition, position, contributor ?? ''].every((text) => typeof text === 'string')
}

function corrupt(index: number): AppError {
  return new AppError('corrupt', `line ${index + 1} of a record object is not a record`, { reason: 'record_line' })
}
