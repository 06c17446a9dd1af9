import type { Contract, RuleName } from './contract.ts'
import type { Fields, Value } from './value.ts'

/** Where a record came from. `position` is text in the source's own form: an offset, a sequence number, a line. */
export interface Provenance {
  readonly source: string
  readonly partition: string
  readonly position: string
  readonly contributor?: string
}

/** One decoded, validated, sanitized item. `id` is unique in its dataset and the same on every replay. */
export interface DataRecord {
  readonly id: string
  readonly fields: Fields
  readonly provenance: Provenance
}

/** Why a record became a dead letter: a closed list, so that counts by reason mean something. */
export const DEAD_REASONS = [
  'undecodable', // not the format it claims to be
  'invalid_utf8',
  'too_large',
  'too_deep',
  'forbidden_key', // __proto__, constructor, prototype
  'not_finite', // NaN or Infinity where a number is due
  'contract', // breaks the contract's schema; `detail` names the path and the rule, never the value
  'duplicate_id', // an id that this dataset already staged
  'missing_part', // an image without its label file, a truncated array
] as const
export type DeadReason = (typeof DEAD_REASONS)[number]

/** A record that could not be decoded or broke its contract: kept raw, encrypted, to be redriven. */
export interface DeadLetter {
  readonly id: string
  readonly reason: DeadReason
  /** The rule and the path that failed; never a value. */
  readonly detail: string
  readonly raw: Uint8Array
  readonly provenance: Provenance
}

/** What sanitizing changed on a record, by rule. */
export interface SanitizeNote {
  readonly rule: RuleName
  readonly path: string
}

/**
 * The name of a value: text, numbers and booleans have one; everything else, and empty text, has none. Detectors group records
 * by these names, so that lists, reviews and reports show the same names.
 */
export function nameOf(value: Value | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** A record's label, read from the field that the contract names; null if it has none. */
export function labelOf({ fields }: DataRecord, { label }: Pick<Contract, 'label'>): string | null {
  return label === undefined ? null : nameOf(fields[label])
}

/**
 * The contributor of a record: the value of the field that the contract names, else what the source says; null if neither does.
 */
export function contributorOf(
  { fields, provenance }: DataRecord,
  contract: Pick<Contract, 'contributor'>,
): string | null {
  const named = contract.contributor === undefined ? null : nameOf(fields[contract.contributor])
  return named ?? provenance.contributor ?? null
}
