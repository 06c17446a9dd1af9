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
 * and two or three such values together.
 */
export function tableTokens(columns: readonly TableColumn[], n: number): TokenMatrix {
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
  const codes = new Int32Array(n)
  pairs.forEach((pair, attribute) => addConjunction(tokens, attribute, pair, coarse, codes, prevalence))

  const triples = combinations(coarse.length, 3)
  if (triples.length * n > AFFORDABLE) return tokens.finish()
  tokens.kind(
    'three values',
    (attribute, code) => values(...separate(triples[attribute]!, coarse, code)),
    together(triples),
  )
  triples.forEach((triple, attribute) => addConjunction(tokens, attribute, triple, coarse, codes, prevalence))
  return tokens.finish()
}

/**
 * Adds the tokens of a conjunction. A record's code has its columns' codes as digits, the first column lowest.
 * Overwrites `codes`.
 */
function addConjunction(
  tokens: TokenBuilder,
  attribute: number,
  of: readonly number[],
  columns: readonly ColumnCodes[],
  codes: Int32Array,
  prevalence: { min: number; max: number },
): void {
  codes.fill(0)
  let space = 1
  for (const c of of) {
    const digits = columns[c]!
    addDigits(codes, digits.codes, space)
    space *= digits.space
  }
  tokens.addAttribute(attribute, codes, space, prevalence)
}

function addDigits(codes: Int32Array, digits: Int32Array, weight: number): void {
  for (let i = 0; i < codes.length; i++) {
    const [code, digit] = [codes[i]!, digits[i]!]
    codes[i] = code < 0 || digit < 0 ? -1 : code + weight * digit
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
