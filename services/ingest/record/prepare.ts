import type { Contract } from '#core/contract.ts'
import type { DataRecord, DeadLetter, Provenance, SanitizeNote } from '#core/record.ts'
import type { Fields, Value } from '#core/value.ts'
import { deadLetterId } from '#core/hash.ts'
import { checkFields, contractNames, fieldPath, type Fault } from './check-fields.ts'
import { createCoercer } from './coerce.ts'
import { decode } from './decode.ts'
import { isName } from './name.ts'
import { createSanitizer } from './sanitize.ts'
import type { Body, SourceItem } from '../source.ts'
import { createValidator } from './validate.ts'

/** One item, decoded, sanitized and validated: a record, or a letter that says why it is none. */
export type Prepared = PreparedRecord | PreparedLetter

export interface PreparedRecord {
  readonly kind: 'record'
  readonly record: DataRecord
  readonly notes: readonly SanitizeNote[]
  /** Approximately the memory that it takes. */
  readonly bytes: number
  /** The item it was made from; kept only if the record's id may turn out to be taken. */
  readonly item: SourceItem | null
  readonly redeliverable?: true
}

export interface PreparedLetter {
  readonly kind: 'letter'
  readonly letter: HeldLetter
  readonly bytes: number
  readonly redeliverable?: true
}

/** A dead letter with everything that is needed to decode it again. */
export interface HeldLetter extends Omit<DeadLetter, 'raw'> {
  readonly body: Body
  readonly extra?: Fields
}

export interface Preparer {
  prepare(item: SourceItem): Prepared
  /** Makes a letter for an item that the caller refuses. */
  refuse(item: SourceItem, fault: Fault): PreparedLetter
}

export interface Origin {
  readonly dataset: string
  readonly source: string
}

/** Compiles a contract into a function for single items. Throws `invalid` if the contract's schema is wrong. */
export function createPreparer(contract: Contract, { dataset, source }: Origin): Preparer {
  const names = contractNames(contract)
  const coerce = createCoercer(contract)
  const sanitize = createSanitizer(contract, names)
  const validate = createValidator(contract, names)

  const cameFrom = (item: SourceItem, contributor = item.contributor): Provenance => ({
    source,
    partition: item.partition,
    position: item.position,
    ...(contributor === undefined ? {} : { contributor }),
  })
  const refuse = (item: SourceItem, { reason, detail }: Fault): PreparedLetter => ({
    kind: 'letter',
    letter: {
      id: deadLetterId(dataset, source, item.partition, (item.breaks && item.mark) || item.position),
      reason,
      detail,
      provenance: cameFrom(item),
      body: item.body,
      ...(item.extra === undefined ? {} : { extra: item.extra }),
    },
    bytes: bodyBytes(item.body),
    ...(item.redeliverable && { redeliverable: true }),
  })
  const fieldsOf = (item: SourceItem) => {
    const decoded = decode(item.body, contract.limits, names)
    if (decoded.fault) return decoded
    const untyped = item.body.kind === 'fields' && item.body.untyped
    const own = untyped ? coerce(decoded.fields, untyped === 'decimal_comma') : decoded.fields
    const fields = item.extra === undefined ? own : { ...item.extra, ...own }
    const { fault } = untyped ? checkFields(fields, contract.limits.depth, names) : { fault: null }
    return fault ? { fields: null, fault } : { fields, fault: null }
  }
  const prepare = (item: SourceItem): Prepared => {
    const decoded = fieldsOf(item)
    if (decoded.fault) return refuse(item, decoded.fault)
    const { fields, notes, fault } = sanitize(decoded.fields)
    if (fault) return refuse(item, fault)
    const violation = validate(fields)
    if (violation) return refuse(item, violation)
    const id = contract.id === undefined ? `${item.partition}#${item.position}` : nameIn(fields, contract.id)
    if (id === null)
      return refuse(item, { reason: 'contract', detail: `no usable id at ${fieldPath(contract.id ?? '')}` })
    for (const key of [contract.label, contract.contributor, contract.sensitivity]) {
      const usable = key === undefined || typeof fields[key] !== 'string' || nameIn(fields, key) !== null
      if (!usable) return refuse(item, { reason: 'contract', detail: `no usable name at ${fieldPath(key ?? '')}` })
    }
    const named = contract.contributor === undefined ? undefined : (nameIn(fields, contract.contributor) ?? undefined)
    const record = { id, fields, provenance: cameFrom(item, named) }
    return {
      kind: 'record',
      record,
      notes,
      bytes: bodyBytes(item.body),
      item: contract.id === undefined ? null : item,
      ...(item.redeliverable && { redeliverable: true }),
    }
  }
  return { prepare, refuse }
}

export function provenanceOf(prepared: Prepared): Provenance {
  return prepared.kind === 'record' ? prepared.record.provenance : prepared.letter.provenance
}

/** Text or an exact number under a key, if it can be a name in the catalog; else null. */
function nameIn(fields: Fields, key: string): string | null {
  const value: Value | undefined = fields[key]
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : String(value)
  return typeof value === 'string' && isName(value) ? value : null
}

function bodyBytes(body: Body): number {
  return body.kind === 'fields' ? body.bytes : body.kind === 'bytes' ? body.bytes.length : body.raw.length
}
