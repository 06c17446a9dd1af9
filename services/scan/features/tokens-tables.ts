import type { TableColumn } from '../view/samples.ts'
import type { TokenMatrix } from '../view/window-view.ts'
import { ascendingValues, type ColumnCodes, exactCodes, rangeCodes } from './column-codes.ts'
import { TokenBuilder } from './token-builder.ts'

/** The fewest records of a value that somebody may have planted. */
const REPEATED = 4
/** Conjunctions are made if they add at most this many entries, over all records. */
const AFFORDABLE = 5_000_000
/** The most values of a column in conjunctions. A column with more values is tested only by single values. */
const CODES = 128

/**
 * The tokens of tables, of which a trigger may be made: a value in a range of its column, a value that repeats exactly,
 * and two or three such values together; at most `most` of them.
 */
export function tableTokens(columns: readonly TableColumn[], n: number, most: 2 | 3 = 3): TokenMatrix {
  const prevalence = { min: 5, max: Math.floor(n / 4) }
  const tokens = new TokenBuilder(n)
  const sorted = columns.map((column) => ascendingValues(column))
  const exact = columns.map((column, at) => exactCodes(column, REPEATED, sorted[at]))
  const alone = (attribute: number) => [columns[attribute]!.name]
  tokens.kind('exact value', (attribute, code) => values([exact[attribute]!, code]), alone)
  exact.forEach(({ codes, space }, attribute) => tokens.addAttribute(attribute, codes, space, prevalence))

  const ranges = columns.map((column, at) => rangeCodes(column, sorted[at]))
  tokens.kind('value in a range', (attribute, code) => values([ranges[attribute]!, code]), alone)
  ranges.forEach((range, attribute) => range && tokens.addAttribute(attribute, range.codes, range.space, prevalence))

  // The column for conjunctions: values where the column is a set of values, otherwise ranges.
  const coarse = exact
    .map((column, attribute) => ranges[attribute] ?? column)
    .filter(({ space }) => space > 1 && space <= CODES)
  const together = (of: readonly number[][]) => (attribute: number) => of[attribute]!.map((c) => coarse[c]!.column)
  const pairs = combinations(coarse.length, 2)
  if (pairs.length * n > AFFORDABLE) return tokens.finish()
  tokens.kind('two values', (attribute, code) => values(...separate(pairs[attribute]!, coarse, code)), together(pairs))
  const conjunctions = new Conjunctions(coarse, n)
  pairs.forEach((pair, attribute) => tokens.addAttribute(attribute, ...conjunctions.of(pair), prevalence))

  const triples = combinations(coarse.length, 3)
  if (most < 3 || triples.length * n > AFFORDABLE) return tokens.finish()
  tokens.kind(
    'three values',
    (attribute, code) => values(...separate(triples[attribute]!, coarse, code)),
    together(triples),
  )
  triples.forEach((triple, attribute) => tokens.addAttribute(attribute, ...conjunctions.of(triple), prevalence))
  return tokens.finish()
}

/** The codes of conjunctions. All of their columns but the last are put together once for those that begin alike. */
class Conjunctions {
  readonly #columns: readonly ColumnCodes[]
  readonly #first: Int32Array
  readonly #codes: Int32Array
  #begin: readonly number[] = []
  #space = 1

  constructor(columns: readonly ColumnCodes[], n: number) {
    this.#columns = columns
    this.#first = new Int32Array(n)
    this.#codes = new Int32Array(n)
  }

  /**
   * A record's code has its columns' codes as digits, the first column lowest; and how many codes there can be. The codes
   * are valid until the next call.
   */
  of(columns: readonly number[]): [codes: Int32Array, space: number] {
    const begin = columns.slice(0, -1)
    if (begin.length !== this.#begin.length || begin.some((c, at) => c !== this.#begin[at])) this.#put(begin)
    const last = this.#columns[columns.at(-1)!]!
    addDigits(this.#codes, this.#first, last.codes, this.#space)
    return [this.#codes, this.#space * last.space]
  }

  #put(begin: readonly number[]): void {
    this.#first.fill(0)
    this.#space = 1
    this.#begin = begin
    for (const c of begin) {
      const digits = this.#columns[c]!
      addDigits(this.#first, this.#first, digits.codes, this.#space)
      this.#space *= digits.space
    }
  }
}

/** out = codes + weight · digits, −1 where either is missing. */
function addDigits(out: Int32Array, codes: Int32Array, digits: Int32Array, weight: number): void {
  for (let i = 0; i < out.length; i++) {
    const code = codes[i]!
    const digit = digits[i]!
    out[i] = code < 0 || digit < 0 ? -1 : code + weight * digit
  }
}

function separate(of: readonly number[], columns: readonly ColumnCodes[], code: number): [ColumnCodes, number][] {
  let rest = code
  return of.map((c) => {
    const column = columns[c]!
    const digit = rest % column.space
    rest = Math.floor(rest / column.space)
    return [column, digit]
  })
}

function values(...of: readonly (readonly [ColumnCodes, number])[]) {
  return {
    kind: 'values' as const,
    values: of.map(([column, code]) => ({ column: column.column, value: column.describe(code) })),
  }
}

/** All ascending choices of `size` from 0 … count−1, in order. */
function combinations(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]]
  const out: number[][] = []
  for (let first = from; first < count; first++) {
    for (const rest of combinations(count, size - 1, first + 1)) out.push([first, ...rest])
  }
  return out
}
