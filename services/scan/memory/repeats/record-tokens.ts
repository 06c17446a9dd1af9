import { matrix } from '../../numeric/matrix.ts'
import { significant } from '../../numeric/significant.ts'
import { mostFrequent } from '../../numeric/most-frequent.ts'
import { seededRandom } from '#core/random.ts'
import type { CategoryColumn, ImageSamples, Samples, TableSamples, VectorSamples } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'

/** Images are compared as CELLS × CELLS cells, each of one of SHADES shades. */
const CELLS = 8
const SHADES = 64
/** Numbers that agree in this many digits are the same. */
const DIGITS = 2
/** More than there are powers of ten in a double. */
const POWERS = 1024
/** Vectors are compared by the side of each of these planes on which they lie (SimHash; Charikar 2002). */
const PLANES = 64

/**
 * The coarse tokens of records, nearly all of which near-copies have in common: words, shades of cells, values to two
 * digits, or sides of planes.
 */
export interface RecordTokens {
  /** The numbers of a record's tokens, in order and with repetitions. */
  readonly tokensOf: (i: number) => ArrayLike<number> & Iterable<number>
  /** The token of a number, the same in any window. */
  readonly nameOf: (token: number) => string
  /** The tokens where all of them are words of the window. */
  readonly words?: readonly string[]
}

export function recordTokens(samples: Samples): RecordTokens {
  if (samples.kind === 'image') return cellsOf(samples)
  if (samples.kind === 'table') return valuesOf(samples)
  if (samples.kind === 'vector') return sidesOf(samples)
  const { words, offsets, ids } = vocabularyOf(samples)
  return { tokensOf: (i) => ids.subarray(offsets[i], offsets[i + 1]), nameOf: (token) => words[token]!, words }
}

function cellsOf({ pixels: { data, cols }, height, width, channels }: ImageSamples): RecordTokens {
  const cellAt = (at: number) =>
    Math.floor((CELLS * Math.floor(at / width)) / height) * CELLS + Math.floor((CELLS * (at % width)) / width)
  const cells = Uint8Array.from({ length: height * width * channels }, (_, at) => cellAt(Math.floor(at / channels)))
  const sizes = new Float64Array(CELLS * CELLS)
  for (const cell of cells) sizes[cell]!++
  return {
    tokensOf(i) {
      const sums = new Float64Array(CELLS * CELLS)
      for (let at = 0, own = i * cols; at < cells.length; at++, own++) sums[cells[at]!]! += data[own]!
      const shades = Array.from(sums, (sum, cell) => Math.round((SHADES * sum) / Math.max(1, sizes[cell]!)))
      // An image's commonest shade is its ground, which most images have in common.
      const [ground] = mostFrequent(shades)
      return shades.flatMap((shade, cell) => (shade === ground ? [] : [shade * CELLS * CELLS + cell]))
    },
    nameOf: (token) => `${token % (CELLS * CELLS)}=${Math.floor(token / (CELLS * CELLS))}`,
  }
}

function valuesOf({ columns }: TableSamples): RecordTokens {
  const names: string[] = []
  const tokens = new Map<string, number>()
  const numbered = (name: string) => {
    const known = tokens.get(name)
    if (known !== undefined) return known
    tokens.set(name, names.length)
    return names.push(name) - 1
  }
  // A value's name is made once.
  const tokenOf = columns.map((column) => {
    const known = new Map<number, number>()
    const named = (key: number, text: string) => {
      const token = numbered(`${column.name}=${text}`)
      known.set(key, token)
      return token
    }
    if (column.type === 'number')
      return (i: number) => {
        const value = column.values[i]!
        const key = roundedKey(value)
        return known.get(key) ?? named(key, value.toPrecision(DIGITS))
      }
    const { codes, values = codes } = column
    return (i: number) => known.get(values[i]!) ?? named(values[i]!, levelOf(column, i))
  })
  return {
    tokensOf: (i) => tokenOf.map((of) => of(i)),
    nameOf: (token) => names[token]!,
  }
}

/** An integer that is the same for numbers that agree in DIGITS digits; NaN and infinities themselves. */
function roundedKey(value: number): number {
  if (!Number.isFinite(value)) return value
  const { mantissa, power } = significant(value, DIGITS)
  return mantissa * POWERS + power
}

/** The value itself, also where it shares a level with others: a number that it has in one window says nothing in another. */
export function levelOf({ codes, levels, values, texts }: CategoryColumn, i: number): string {
  return (values === undefined ? levels[codes[i]!] : texts?.[values[i]!]) ?? ''
}

/** The planes are the same in every window: they follow from the number of dimensions alone. */
function sidesOf({ vectors: { data, cols } }: VectorSamples): RecordTokens {
  const random = seededRandom(0, `planes of ${cols} dimensions`)
  const planes = matrix(PLANES, cols)
  for (let at = 0; at < planes.data.length; at++) planes.data[at] = random.normal()
  const sideOf = (i: number, plane: number) => {
    let side = 0
    for (let d = 0; d < cols; d++) side += data[i * cols + d]! * planes.data[plane * cols + d]!
    return Number(side >= 0)
  }
  return {
    tokensOf: (i) => Array.from({ length: PLANES }, (_, plane) => 2 * plane + sideOf(i, plane)),
    nameOf: (token) => `${token >> 1}${token % 2 === 1 ? '+' : '-'}`,
  }
}
