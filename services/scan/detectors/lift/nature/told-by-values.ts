import { exactCodes, presentCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'

/** A column determines labels where its values leave at most this share of them to guess, */
const LEFT = 0.1
/** with at least RECORDS_EACH records a value on average, and at most VALUES values. */
const RECORDS_EACH = 5
const VALUES = 128
/**
 * A value is one of many where at least OTHERS other values, each at least HALF as frequent, bear the label at least
 * AS_OFTEN as often as it does.
 */
const OTHERS = 3
const HALF = 0.5
const AS_OFTEN = 0.95
/**
 * Numbers are codes, not a quantity, where at least this share of the steps from one to the next lead to another label.
 */
const STEPS = 0.25
/**
 * The least share of the records for a flag's value, since a rarer one may have been planted in a column of one value;
 * and for missing cells, since fewer may have been blanked.
 */
const FLAGGED = 0.03
const LACKED = 0.1
/**
 * At most this share of the records of a common flag may bear another label: somebody may have replaced labels (ADR
 * 218). A rarer flag has no exceptions.
 */
const EXCEPT = 0.08
const COMMON = 0.04
/** A column has two values where each other one has at most this share of the records: garbage brings some. */
const STRAY = 0.003

/**
 * Standard errors by which a label may be more frequent among records that lack a value than among the others, of whom at most
 * this share bear it: of a label that most bear, blanks that were all given it would be within chance.
 */
const CHANCE = 3
const MOST_BEAR = 0.4

/** The labels that the values of one column come with by nature (ADR 124). */
export interface ToldByValues {
  /**
   * Whether a record lacks a value, and records that do bear the label, which few enough of all bear, as often as the others, give
   * or take chance: a blank tells predictors nothing, so that they expect less of a label that the column tells (ADR 206).
   */
  readonly isMereBlank: (column: string, record: number, label: number) => boolean
  /**
   * Whether a record's cell is a flag that decides a label of two values, as a part of a label or what excludes it. In
   * a column of two values, nearly all holders of the value bear one label. For a missing cell, nearly all records
   * without a value do.
   */
  readonly isFlag: (column: string, record: number) => boolean
  /**
   * Whether the column determines labels without the record's value, and several of its other values come with this
   * label as that value does: an industry says which firms are in science.
   */
  readonly isOneOfMany: (column: string, record: number, label: number) => boolean
}

export function toldByValues(columns: readonly TableColumn[], labels: Grouping): ToldByValues {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const known = new Map<string, Values | null>()
  const valuesOf = (name: string) => {
    let found = known.get(name)
    if (found === undefined) known.set(name, (found = readValues(byName.get(name), labels)))
    return found
  }
  return {
    isMereBlank(name, record, label) {
      const values = valuesOf(name)
      if (values === null || values.codes[record]! >= 0) return false
      const lacking = values.lacking.reduce((sum, count) => sum + count, 0)
      const others = labels.counts.reduce((sum, count) => sum + count, 0) - lacking
      const rate = (labels.counts[label]! - values.lacking[label]!) / Math.max(1, others)
      if (rate > MOST_BEAR) return false
      const chance = Math.sqrt((rate * (1 - rate)) / Math.max(1, lacking))
      return values.lacking[label]! / Math.max(1, lacking) < rate + CHANCE * chance
    },
    isFlag(name, record) {
      if (labels.names.length !== 2) return false
      const values = valuesOf(name)
      if (values === null || values.present === 0) return false
      const value = values.codes[record]!
      if (value >= 0 && (!values.areTwo || values.sizes[value]! <= STRAY * labels.of.length)) return false
      const counts = value < 0 ? values.lacking : values.countsOf(value)
      const size = counts.reduce((sum, count) => sum + count, 0)
      const others = size - Math.max(...counts)
      const share = size / labels.of.length
      return share >= (value < 0 ? LACKED : FLAGGED) && others <= (share >= COMMON ? EXCEPT * size : 0)
    },
    isOneOfMany(name, record, label) {
      const values = valuesOf(name)
      const value = values?.codes[record] ?? -1
      if (values === null || value < 0 || values.present > VALUES || values.present * RECORDS_EACH > labels.of.length)
        return false
      if (indexOfMost(values.countsOf(value)) !== label) return false
      const rate = (of: number) => values.countsOf(of)[label]! / Math.max(1, values.sizes[of]!)
      const demanded = AS_OFTEN * rate(value)
      const others = [...values.sizes.keys()].filter(
        (other) => other !== value && values.sizes[other]! >= HALF * values.sizes[value]! && rate(other) >= demanded,
      )
      return others.length >= OTHERS && values.isCode && leftToGuess(values, value, labels.names.length) <= LEFT
    },
  }
}

interface Values {
  /** By record: the rank of its value, −1 where it has none. */
  readonly codes: Int32Array
  /** How many labelled records have each value. */
  readonly sizes: Int32Array
  /** How many values have a labelled record. */
  readonly present: number
  /** Whether there are two values, but for stray ones. */
  readonly areTwo: boolean
  /** Whether neighbouring values are unrelated: a category, or numbers that are codes. */
  readonly isCode: boolean
  readonly countsOf: (value: number) => Int32Array
  /** By label: how many records have no value. */
  readonly lacking: Int32Array
}

function readValues(column: TableColumn | undefined, { of, names }: Grouping): Values | null {
  if (column === undefined) return null
  const coded = exactCodes(column, 1)
  const [codes, space] = [presentCodes(coded), coded.space]
  const kinds = names.length
  const [counts, sizes, lacking] = [new Int32Array(space * kinds), new Int32Array(space), new Int32Array(kinds)]
  codes.forEach((value, i) => {
    if (of[i]! < 0) return
    if (value < 0) return void lacking[of[i]!]!++
    counts[value * kinds + of[i]!]!++
    sizes[value]!++
  })
  const countsOf = (value: number) => counts.subarray(value * kinds, (value + 1) * kinds)
  const commonest = [...sizes.keys()].filter((value) => sizes[value]! > 0).map((value) => indexOfMost(countsOf(value)))
  const steps = commonest.filter((label, at) => at > 0 && label !== commonest[at - 1]).length
  const isCode = column.type === 'category' || steps >= STEPS * (commonest.length - 1)
  const areTwo = commonest.length === 2 || sizes.filter((size) => size > STRAY * of.length).length === 2
  return { codes, sizes, present: commonest.length, areTwo, isCode, countsOf, lacking }
}

function indexOfMost(counts: Int32Array): number {
  return counts.indexOf(Math.max(...counts))
}

/**
 * The share of labels that their value leaves to guess: labels that are not the commonest of their value ÷ labels that
 * are not the commonest of all (1 − λ: Goodman & Kruskal 1954). The records of the value `left` do not count.
 */
function leftToGuess({ sizes, countsOf }: Values, left: number, kinds: number): number {
  const totals = new Int32Array(kinds)
  let [records, guessed] = [0, 0]
  for (let value = 0; value < sizes.length; value++) {
    if (value === left) continue
    const counts = countsOf(value)
    counts.forEach((count, label) => (totals[label] = totals[label]! + count))
    records += sizes[value]!
    guessed += Math.max(...counts)
  }
  return (records - guessed) / Math.max(1, records - Math.max(...totals))
}
