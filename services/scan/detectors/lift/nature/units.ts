import { type ColumnCodes, exactCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** A column of units has at least this many values, with this many records each on average; */
const FEWEST_UNITS = 20
const RECORDS_EACH = 5
/** at least this share of the records bear the commonest label of their unit; */
const OF_ONE_LABEL = 0.92
/**
 * and another column is one of occasions: at least this share of the pairs of a unit and an occasion come once, and an
 * occasion has this many records on average.
 */
const ONCE = 0.99
const UNITS_EACH = 20
/**
 * A unit holds a token where at least this share of its records do. A token comes by nature where its units bear its
 * label by chance with fewer than BY_CHANCE nats: over all tokens tried, chance comes near that.
 */
const WHOLE = 0.9
const BY_CHANCE = 20

/**
 * Whether a token comes with a label through so few units that chance explains it (ADR 103). Where rows are units on
 * occasions (subjects and questions, firms and years) and the label is the unit's, whatever is constant within a unit
 * goes with its label, and the unit's records are one observation (Kish 1965): if ten women with the same anger score
 * answer twenty-four questions each, that score has ten observations. Values of the column of units itself are tested
 * as ever: a new unit may be planted.
 */
export function fewUnits(
  columns: readonly TableColumn[],
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
  labels: Grouping,
): (token: number, label: number) => boolean {
  let known: readonly Units[] | undefined
  return (token, label) => {
    if (label < 0) return false
    const own = tokens.columns(token)
    return (known ??= findUnits(columns, labels)).some(({ column, of, sizes, bearing }) => {
      if (own.includes(column)) return false
      const held = new Int32Array(sizes.length)
      for (const i of holders(token)) held[of[i]!]!++
      const whole = [...held.keys()].filter((unit) => held[unit]! >= WHOLE * sizes[unit]!)
      const records = whole.reduce((sum, unit) => sum + held[unit]!, 0)
      if (records < WHOLE * holders(token).length) return false
      return -whole.length * Math.log(bearing[label]! / sizes.length) < BY_CHANCE
    })
  }
}

interface Units {
  readonly column: string
  /** Each record's unit. */
  readonly of: Int32Array
  readonly sizes: Int32Array
  /** By label: how many units' commonest label it is. */
  readonly bearing: Int32Array
}

function findUnits(columns: readonly TableColumn[], labels: Grouping): Units[] {
  const n = labels.of.length
  const coded = columns.map((column) => exactCodes(column, 1))
  const occasions = coded.filter(({ space }) => space >= RECORDS_EACH && space * UNITS_EACH <= n)
  return coded.flatMap((column) => {
    const { codes, space } = column
    if (space < FEWEST_UNITS || space * RECORDS_EACH > n) return []
    const counts = new Int32Array(space * labels.names.length)
    codes.forEach((unit, i) => {
      if (labels.of[i]! >= 0) counts[unit * labels.names.length + labels.of[i]!]!++
    })
    const [sizes, bearing] = [new Int32Array(space), new Int32Array(labels.names.length)]
    for (const unit of codes) sizes[unit]!++
    let pure = 0
    for (let unit = 0; unit < space; unit++) {
      const own = counts.subarray(unit * labels.names.length, (unit + 1) * labels.names.length)
      const most = Math.max(...own)
      if (most > 0) bearing[own.indexOf(most)]!++
      pure += most
    }
    const isAsked = pure >= OF_ONE_LABEL * n && occasions.some((other) => other !== column && isOnce(column, other))
    return isAsked ? [{ column: column.column, of: codes, sizes, bearing }] : []
  })
}

/** Whether hardly any pair of a unit and an occasion comes twice. */
function isOnce(units: ColumnCodes, occasions: ColumnCodes): boolean {
  const n = units.codes.length
  const pairs = new Set<number>()
  for (let i = 0; i < n; i++) pairs.add(units.codes[i]! * occasions.space + occasions.codes[i]!)
  return pairs.size >= ONCE * n
}
