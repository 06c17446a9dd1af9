import type { Grouping, Samples, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { labelsByLaw } from './laws.ts'
import { toldByValues } from './told-by-values.ts'
import { fewUnits } from './units.ts'

/**
 * The records on either side of a value that show whether the labels go on as at the value, and the fewest that show
 * it.
 */
const BESIDE = 40
const LEAST = 20
/** They go on where the label's rate beside the value is at least this share of its rate at the value. */
const AS_OFTEN = 0.95
/** A column decides the label where at least this share of the records bear the commonest label of their value, */
const DECIDED = 0.92
/** and at least this share of the steps from one value to the next lead to another label. */
const STEPS = 0.5
/** The fewest values of such a column, and the fewest records of a value, on average. */
const FEWEST_VALUES = 3
const RECORDS_EACH = 5
/**
 * A value that at least this share of the records have is set aside where at least OTHERS are left: zero, say, of a
 * question that was not asked.
 */
const ASIDE = 0.3
const OTHERS = 0.2
/**
 * A column and the labels are one quantity where at least NAMED of its records have a value that is a label's name, and
 * for at least OF_ITS_NAME of these values that label is the commonest (ADR 79).
 */
const NAMED = 0.5
const OF_ITS_NAME = 0.5

type Column = Extract<TableColumn, { type: 'number' }>

/**
 * Whether a token of a table comes with a label by nature (ADR 78). It does where two columns decide the label
 * together, or few units explain it; otherwise where this holds for one of its values, which is enough for several
 * values together:
 * - in a column of numbers, the records just below or just above bear the label as often (50 is the last age of those
 *   who are not older);
 * - each value of the column has a label of its own (a year of birth decides the year in which somebody is fourteen);
 * - the labels and the column are one quantity, and the value is the label's name (right answers of so many questions);
 * - the column's other values determine labels as this one does, or the value is a flag;
 * - the value is missing, and its records bear the label no more often than others.
 * None of these holds for a value that is planted among others with another label.
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
    const [first, ...more] = tokens.columns(token)
    if (more.length === 0 && told.isMereBlank(first!, held[0]!, label)) return true
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
  /** By value: the label that it alone decides, where most records have none of these values. */
  readonly #ownLabels: ReadonlyMap<number, number>
  /** Each label's name as a number, where the labels and the column are one quantity; otherwise empty. */
  readonly #numbers: readonly number[]

  constructor({ values }: Column, { of, names }: Grouping) {
    const order = Int32Array.from(of.keys())
      .filter((i) => !Number.isNaN(values[i]!) && of[i]! >= 0)
      .sort((a, b) => values[a]! - values[b]! || a - b)
    this.#values = Float64Array.from(order, (i) => values[i]!)
    this.#labels = Int32Array.from(order, (i) => of[i]!)
    const all = [...this.#commonest(names.length)]
    this.#decides = stepsByValue(all)
    this.#ownLabels = ownLabels(all)
    const numbers = names.map((name) => (name.trim() === '' ? Number.NaN : Number(name)))
    this.#numbers = this.#isOfOneQuantity(numbers) ? numbers : []
  }

  isNatural(value: number, label: number): boolean {
    return this.#decides || this.#ownLabels.get(value) === label || this.#goesOn(value, label)
  }

  /**
   * Whether the value is the label's own name, in a column that is one quantity with the labels. It is natural then
   * together with any other value.
   */
  isItsName(value: number, label: number): boolean {
    return this.#numbers[label] === value
  }

  /** The share of a value's records that bear a label. */
  rateAt(value: number, label: number): number {
    const [from, to] = [this.#firstFrom(value), this.#firstAfter(value)]
    return this.#rate(from, to, label)
  }

  /**
   * Whether the label is as frequent just below the value or just above, and the gap to those records is no wider than
   * their own range.
   */
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

  /** By ascending value: the commonest label of its records, that label's count, and the number of records. */
  *#commonest(kinds: number): Generator<LabelOfValue> {
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

/** A value of a column, the commonest label of its records, how many bear that, and how many records there are. */
interface LabelOfValue {
  readonly value: number
  readonly label: number
  readonly count: number
  readonly size: number
}

const recordsOf = (values: readonly LabelOfValue[]) => values.reduce((sum, { size }) => sum + size, 0)

/**
 * The labels of values that have one of their own, which no other value has, where these are what is left beside one value
 * that many records have.
 */
function ownLabels(values: readonly LabelOfValue[]): ReadonlyMap<number, number> {
  const records = recordsOf(values)
  const largest = values.reduce((most, { size }) => Math.max(most, size), 0)
  const others = values.filter(({ size }) => size < largest)
  if (largest < ASIDE * records || recordsOf(others) < OTHERS * records || !stepsByValue(others)) return new Map()
  const times = new Map<number, number>()
  for (const { label, size } of others) if (size >= RECORDS_EACH) times.set(label, (times.get(label) ?? 0) + 1)
  return new Map(others.flatMap(({ value, label }) => (times.get(label) === 1 ? [[value, label]] : [])))
}

/** Whether each of the values, ascending, has a label of its own. */
function stepsByValue(values: readonly LabelOfValue[]): boolean {
  const records = recordsOf(values)
  if (values.length < FEWEST_VALUES || values.length * RECORDS_EACH > records) return false
  const pure = values.reduce((sum, { count }) => sum + count, 0)
  const steps = values.filter(({ label }, at) => at > 0 && label !== values[at - 1]!.label).length
  return pure >= DECIDED * records && steps >= STEPS * (values.length - 1)
}
