import type { Grouping, Samples, TableColumn } from '../../view/samples.ts'
import type { TokenMatrix } from '../../view/window-view.ts'
import { labelsByLaw } from './laws.ts'
import { toldByValues } from './told-by-values.ts'
import { fewUnits } from './units.ts'

/** Records on either side of a value that show whether the column goes on as it does there, and the fewest that show it. */
const BESIDE = 40
const LEAST = 20
/** What goes on bears the label as often as the holders do, but for this. */
const AS_OFTEN = 0.95
/** A column decides the label where its values have one label each for so many of the records, */
const DECIDED = 0.97
/** and, of numbers, where so many of the steps from one value to the next lead to another label. */
const STEPS = 0.5
/** Values that are asked: several, with several records each on the average. */
const FEWEST_VALUES = 3
const RECORDS_EACH = 5
/**
 * A column and the labels are of one quantity where so many of its records have a value that is a label's name, and that label is
 * the commonest of so many of these values.
 */
const NAMED = 0.5
const OF_ITS_NAME = 0.5

type Column = Extract<TableColumn, { type: 'number' }>

/**
 * Whether a value of a column of numbers comes with a label by nature: the records just below it or just above bear the label as
 * often (50 is the last age of those who are not older), or each value of the column has a label of its own (a year of birth
 * decides the year in which somebody is fourteen), or the labels are of the column's own quantity, value for value (so many of so many
 * trials), or the column's other values tell labels as this one does, or it is a flag. Whoever plants a value among others of another label does neither. Of several values together, one by nature that
 * explains all of them is enough.
 */
export function valuesByNature(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
  labels: Grouping,
): (token: number, label: number) => boolean {
  if (samples.kind !== 'table') return () => false
  const columns = new Map(
    samples.columns.flatMap((column) => (column.type === 'number' ? [[column.name, column]] : [])),
  )
  const read = new Map<string, ColumnOfNumbers>()
  const known = new Map<string, boolean>()
  const isByLaw = labelsByLaw(samples.columns, tokens, holders, labels)
  const areFew = fewUnits(samples.columns, tokens, holders, labels)
  const told = toldByValues(samples.columns, labels)
  return (token, label) => {
    if (label < 0) return false
    if (isByLaw(token, label) || areFew(token, label)) return true
    const held = holders(token)
    const often = rateOf(label, held, labels)
    return tokens.columns(token).some((name) => {
      if (told.isFlag(name, held[0]!) || told.isOneOfMany(name, held[0]!, label)) return true
      const column = columns.get(name)
      const value = column?.values[held[0]!]
      if (column === undefined || value === undefined || Number.isNaN(value)) return false
      let numbers = read.get(name)
      if (!numbers) read.set(name, (numbers = new ColumnOfNumbers(column, labels)))
      if (numbers.isItsName(value, label)) return true
      const key = `${name}/${value}/${label}`
      const before = known.get(key) ?? numbers.isNatural(value, label)
      known.set(key, before)
      return before && numbers.rateAt(value, label) >= AS_OFTEN * often
    })
  }
}

/** A column of numbers in ascending order, with the labels beside them. */
class ColumnOfNumbers {
  readonly #values: Float64Array
  readonly #labels: Int32Array
  readonly #decides: boolean
  /** What each label is as a number, where the labels are of the column's own quantity. */
  readonly #numbers: readonly number[]

  constructor({ values }: Column, { of, names }: Grouping) {
    const order = Int32Array.from(of.keys())
      .filter((i) => !Number.isNaN(values[i]!) && of[i]! >= 0)
      .sort((a, b) => values[a]! - values[b]! || a - b)
    this.#values = Float64Array.from(order, (i) => values[i]!)
    this.#labels = Int32Array.from(order, (i) => of[i]!)
    this.#decides = this.#stepsByValue(names.length)
    const numbers = names.map((name) => (name.trim() === '' ? Number.NaN : Number(name)))
    this.#numbers = this.#isOfOneQuantity(numbers) ? numbers : []
  }

  isNatural(value: number, label: number): boolean {
    return this.#decides || this.#goesOn(value, label)
  }

  /** Whether the value is the label's own name, in a column of the labels' own quantity: so it is with whatever other values. */
  isItsName(value: number, label: number): boolean {
    return this.#numbers[label] === value
  }

  /** The share of the records with a value that bear a label. */
  rateAt(value: number, label: number): number {
    const [from, to] = [this.#firstFrom(value), this.#firstAfter(value)]
    return this.#rate(from, to, label)
  }

  /** Whether just below or just above, no farther off than records there lie apart, the label is as frequent. */
  #goesOn(value: number, label: number): boolean {
    const [from, to] = [this.#firstFrom(value), this.#firstAfter(value)]
    const demanded = AS_OFTEN * this.#rate(from, to, label)
    const values = this.#values
    const [low, high] = [Math.max(0, from - BESIDE), Math.min(values.length, to + BESIDE)]
    const isSame = (first: number, end: number) => end - first >= LEAST && this.#rate(first, end, label) >= demanded
    if (isSame(low, from)) {
      const [nearest, farthest] = [values[from - 1]!, values[low]!]
      const beyond = values[this.#firstFrom(farthest) - 1] ?? farthest
      if (value - nearest <= nearest - (farthest < nearest ? farthest : beyond)) return true
    }
    if (!isSame(to, high)) return false
    const [nearest, farthest] = [values[to]!, values[high - 1]!]
    const beyond = values[this.#firstAfter(farthest)] ?? farthest
    return nearest - value <= (farthest > nearest ? farthest : beyond) - nearest
  }

  #rate(from: number, to: number, label: number): number {
    let count = 0
    for (let at = from; at < to; at++) if (this.#labels[at] === label) count++
    return count / Math.max(1, to - from)
  }

  #stepsByValue(kinds: number): boolean {
    let [values, pure, steps, before] = [0, 0, 0, -1]
    for (const { label, count } of this.#commonest(kinds)) {
      pure += count
      if (values++ > 0 && label !== before) steps++
      before = label
    }
    const n = this.#values.length
    if (values < FEWEST_VALUES || values * RECORDS_EACH > n) return false
    return pure >= DECIDED * n && steps >= STEPS * (values - 1)
  }

  #isOfOneQuantity(numbers: readonly number[]): boolean {
    let [asked, same, records] = [0, 0, 0]
    for (const { value, label, size } of this.#commonest(numbers.length)) {
      if (size < RECORDS_EACH || !numbers.includes(value)) continue
      asked++
      records += size
      if (numbers[label] === value) same++
    }
    return same >= FEWEST_VALUES && same >= OF_ITS_NAME * asked && records >= NAMED * this.#values.length
  }

  /** Value by value, the label that most of its records bear. */
  *#commonest(kinds: number) {
    const counts = new Int32Array(kinds)
    for (let from = 0; from < this.#values.length;) {
      const value = this.#values[from]!
      const to = this.#firstAfter(value)
      counts.fill(0)
      for (let at = from; at < to; at++) counts[this.#labels[at]!]!++
      const count = Math.max(...counts)
      yield { value, label: counts.indexOf(count), count, size: to - from }
      from = to
    }
  }

  #firstFrom(value: number): number {
    return this.#position((other) => other >= value)
  }

  #firstAfter(value: number): number {
    return this.#position((other) => other > value)
  }

  #position(isBeyond: (value: number) => boolean): number {
    let [low, high] = [0, this.#values.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBeyond(this.#values[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }
}

function rateOf(label: number, records: Int32Array, { of }: Grouping): number {
  let count = 0
  for (const i of records) if (of[i] === label) count++
  return count / Math.max(1, records.length)
}
