import { significant } from '../../numeric/significant.ts'

/**
 * The digits of a mantissa, and the powers of ten that are exact in a double: a product or quotient with one of them is
 * correctly rounded.
 */
const DIGITS = 7
const TENS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** A word is mantissa · 128 + power + 64; this one is a missing value. */
const [POWERS, ZERO_POWER, MISSING] = [128, 64, -0x80000000]

export const WIDTHS = [4, 8] as const
export type Width = (typeof WIDTHS)[number]

/**
 * Packs numbers, rounded to seven digits as people are shown them, in four bytes each; in eight where one is too large
 * or too small for that. NaN and infinities become missing values.
 */
export function packDecimals(values: Float64Array): { readonly width: Width; readonly bytes: Uint8Array } {
  const bytes = Buffer.alloc(4 * values.length)
  for (let i = 0; i < values.length; i++) {
    const word = wordOf(values[i]!)
    if (word === null) return { width: 8, bytes: packDoubles(values) }
    bytes.writeInt32LE(word, 4 * i)
  }
  return { width: 4, bytes }
}

function wordOf(value: number): number | null {
  if (!Number.isFinite(value)) return MISSING
  const { mantissa, power } = significant(value, DIGITS)
  if (mantissa === 0) return ZERO_POWER
  return Math.abs(power) >= TENS.length ? null : mantissa * POWERS + power + ZERO_POWER
}

function packDoubles(values: Float64Array): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length)
  values.forEach((value, i) =>
    bytes.writeDoubleLE(Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : NaN, 8 * i),
  )
  return bytes
}

/** The inverse of `packDecimals`; null is a missing value. */
export function unpackDecimals(bytes: Uint8Array, width: Width): (number | null)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / width }, (_, i) => {
    if (width === 4) return valueOf(buffer.readInt32LE(4 * i))
    const value = buffer.readDoubleLE(8 * i)
    return Number.isFinite(value) ? value : null
  })
}

function valueOf(word: number): number | null {
  if (word === MISSING) return null
  const mantissa = Math.floor(word / POWERS)
  const power = word - mantissa * POWERS - ZERO_POWER
  return power < 0 ? mantissa / TENS[-power]! : mantissa * TENS[power]!
}
