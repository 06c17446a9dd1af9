import { createHash } from 'node:crypto'

// PostgreSQL text holds every Unicode scalar value but NUL. Names that come with the data (labels, contributors, ids) may
// hold NUL and lone surrogates, so these are written as U+FDD0, a noncharacter, and four hex digits: reversible.
const ESCAPE = '\uFDD0'
// eslint-disable-next-line no-control-regex -- NUL is what must be found
const UNSTORABLE = /[\u0000\uFDD0]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** A string that PostgreSQL can hold; the same string unless it contains NUL, a lone surrogate or U+FDD0. */
export function toText(value: string): string {
  return value.replace(UNSTORABLE, (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, '0'))
}

/** The inverse of `toText`. */
export function fromText(stored: string): string {
  return stored.includes(ESCAPE)
    ? stored.replace(/\uFDD0([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : stored
}

/** The key of a string of any length in an index: SHA-256, 43 characters of base64url. */
export function textKey(value: string): string {
  return createHash('sha256').update(toText(value)).digest('base64url')
}
