import { exactCodes, presentCodes } from '../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../view/samples.ts'

/** A column tells labels where its values leave at most this share of them to guess, */
const LEFT = 0.1
/** with so many records for each value on the average, of up to so many values. */
const RECORDS_EACH = 5
const VALUES = 128
/** So many other values, half as frequent and more, bear a label nearly as often as one does that is one of theirs. */
const OTHERS = 3
const HALF = 0.5
const AS_OFTEN = 0.95
/** Numbers are codes, and no quantity, where so many of the steps from one to the next lead to another label. */
const STEPS = 0.25
/** A flag that less of the records hold may have been planted in a column of one value, and what less of them lack may have been blanked. */
const FLAGGED = 0.03
const LACKED = 0.1
/** Of what many lack so few records may bear another label. */
const EXCEPT = 0.02

/** What one column's values say of the labels by nature. */
export interface ToldByValues {
  /**
   * Whether all holders of a value of a flag (a column of two values, or whether there is a value) bear one value of a label that is a flag itself: a part of
   * it, or what excludes it.
   */
  readonly isFlag: (column: string, record: number) => boolean
  /** Whether the column tells labels beyond a record's value, and several of its values tell this label as this one does: an industry says who is in science. */
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
    isFlag(name, record) {
      if (labels.names.length !== 2) return false
      const values = valuesOf(name)
      if (values === null || values.present === 0) return false
      const value = values.codes[record]!
      if (value >= 0 && values.present !== 2) return false
      const counts = value < 0 ? values.lacking : values.countsOf(value)
      const size = counts.reduce((sum, count) => sum + count, 0)
      const others = size - Math.max(...counts)
      return value < 0
        ? size >= LACKED * labels.of.length && others <= EXCEPT * size
        : size >= FLAGGED * labels.of.length && others === 0
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
  /** In ascending order of values, −1 where there is none. */
  readonly codes: Int32Array
  /** Labelled records of each value. */
  readonly sizes: Int32Array
  /** How many values there are. */
  readonly present: number
  /** Whether neighbouring values have nothing to do with one another. */
  readonly isCode: boolean
  readonly countsOf: (value: number) => Int32Array
  /** Labels of records without a value. */
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
  return { codes, sizes, present: commonest.length, isCode, countsOf, lacking }
}

function indexOfMost(counts: Int32Array): number {
  return counts.indexOf(Math.max(...counts))
}

/** The share of labels that are not their value's commonest, of those that are not the commonest of all (1 − λ: Goodman & Kruskal 1954), but for one value's records. */
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
