import type { Fields } from '#core/value.ts'
import { filled, type ColumnStats } from './columns.ts'
import { columnType } from './schema.ts'

/** A text among numbers that recurs in such a share of the cells, and so many at least, is no slip: somebody means something by it. */
const SHARE = 0.005
const CELLS = 5
/** More kinds of them are remarks, and so are longer ones. */
const KINDS = 5
const LEGIBLE = /^[\p{L}\p{N}\p{P}\p{S} ]{1,16}$/u
/** Texts in more of the cells than this are codes only beside a quantity. */
const FEW = 0.05
/** Of so few distinct numbers a text beside them is one more class. */
const CLASSES = 20
/** A text whose records bear one label in this share of them, by chance as seldom as that, tells the label. */
const TELLS = 0.9
const CHANCE = 0.05

/**
 * Texts that recur among a column's numbers and stand for what has none: a trace of rain, not measured, below detection. By
 * column; those without any are left out. A text that comes with one label alone is none: it may have been written there for it.
 */
export function findCodes(
  columns: readonly ColumnStats[],
  sample: readonly Fields[],
  label: string | undefined,
): Map<string, readonly string[]> {
  const found = columns.flatMap((column): [string, readonly string[]][] => {
    if (column.name === label) return []
    const codes = recurring(column).filter((code) => label === undefined || !tells(column.name, code, sample, label))
    return codes.length > 0 && areCodes(column, codes) ? [[column.name, codes]] : []
  })
  return new Map(found)
}

/** What a person is told of it. */
export function codeNotes(columns: readonly ColumnStats[], codes: ReadonlyMap<string, readonly string[]>): string[] {
  return columns.flatMap(({ name, wording }) => {
    const of = codes.get(name)
    if (of === undefined) return []
    const told = of.map((code) => `${code} (${wording.get(code)} times)`).join(', ')
    return [`Field ${name} holds numbers and ${told}, which is taken for a code: a missing number that says why.`]
  })
}

function recurring(column: ColumnStats): string[] {
  const least = Math.max(CELLS, filled(column) * SHARE)
  const texts = [...column.wording].filter(([text, times]) => times >= least && LEGIBLE.test(text))
  return texts.length > KINDS ? [] : texts.map(([text]) => text).sort()
}

function areCodes(column: ColumnStats, codes: readonly string[]): boolean {
  if (columnType(column, codes) !== 'number') return false
  const isQuantity = column.distinct.size - column.wording.size > CLASSES && column.numbers >= filled(column) / 2
  return isQuantity || filled(column) - column.numbers <= filled(column) * FEW
}

/** Whether records with this text bear one label, which the others do not. */
function tells(name: string, code: string, sample: readonly Fields[], label: string): boolean {
  const [own, others] = [new Map<string, number>(), new Map<string, number>()]
  for (const fields of sample) {
    const said = fields[label]
    if (said === null || said === undefined || typeof said === 'object') continue
    const counts = fields[name] === code ? own : others
    counts.set(String(said), (counts.get(String(said)) ?? 0) + 1)
  }
  const [records, rest] = [own, others].map((counts) => [...counts.values()].reduce((sum, times) => sum + times, 0))
  const [most] = [...own].sort(([, a], [, b]) => b - a)
  if (!most || most[1] < TELLS * records!) return false
  // that nobody else bears a label makes it no impossible one
  return atLeast(most[1], records!, ((others.get(most[0]) ?? 0) + 1) / (rest! + 2)) < CHANCE
}

/** How likely `hits` and more of `n` are, each of that chance. */
function atLeast(hits: number, n: number, chance: number): number {
  let [sum, ways] = [0, 0]
  for (let k = 0; k <= n; k++) {
    if (k > 0) ways += Math.log((n - k + 1) / k)
    if (k >= hits) sum += Math.exp(ways + k * Math.log(chance) + (n - k) * Math.log1p(-chance))
  }
  return sum
}
