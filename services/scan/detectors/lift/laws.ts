import { exactCodes } from '../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../view/samples.ts'
import type { TokenMatrix } from '../../view/window-view.ts'

/** Columns make a law where they leave at most this share of the records' labels to guess, */
const LEFT = 0.03
/** and none of them alone leaves so few; */
const LEFT_BY_ONE = 0.2
/** on the average with so many records for each of their values together, of columns of up to so many values. */
const RECORDS_EACH = 5
const VALUES = 128
/** Pairs are looked at while they take no more steps than this. */
const AFFORDABLE = 5_000_000
/** A law explains a value's label where it says so of so many of the records that have both. */
const EXPLAINED = 0.95

type Cells = Int32Array

/**
 * Whether two columns say together which label records bear, and say so of a token's records: what is taken and what of it is
 * prescribed say what is not, goals of either side who won. What goes with one of the two comes with a label then, and nobody planted it.
 * The law is asked of records that do not hold the token. Values of both its columns are one of its cases; what nobody else holds of one of them
 * must bear several labels, as the other column says.
 */
export function labelsByLaw(
  columns: readonly TableColumn[],
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
  labels: Grouping,
): (token: number, label: number) => boolean {
  let known: { readonly law: Law | null } | undefined
  return (token, label) => {
    const { law } = (known ??= { law: findLaw(columns, labels) })
    if (law === null || label < 0) return false
    const held = holders(token)
    const own = law.columns.filter((name) => tokens.columns(token).includes(name))
    if (own.length === law.columns.length) return true
    const members = held.filter((i) => labels.of[i] === label)
    const said = saidOfOthers(law.cells, held, labels)
    const explained = members.reduce((sum, i) => sum + Number(said.get(law.cells[i]!) === label), 0)
    return explained >= EXPLAINED * members.length || (own.length > 0 && isLawAmong(held, law, labels))
  }
}

interface Law {
  readonly columns: readonly string[]
  /** Each record's values in both, as one number; −1 where one is missing among values that repeat. */
  readonly cells: Cells
  readonly space: number
}

/** The two columns that leave least to guess; null where none leave little enough. */
function findLaw(columns: readonly TableColumn[], labels: Grouping): Law | null {
  const n = labels.of.length
  const coded = columns.map((column) => exactCodes(column, 1)).filter(({ space }) => space > 1 && space <= VALUES)
  const left = coded.map(({ codes, space }) => leftToGuess(codes, space, labels))
  const candidates = coded.filter((_, at) => left[at]! > LEFT_BY_ONE)
  if ((candidates.length * candidates.length * n) / 2 > AFFORDABLE) return null
  let best: { law: Law | null; left: number } = { law: null, left: LEFT }
  candidates.forEach((a, at) => {
    for (const b of candidates.slice(at + 1)) {
      const cells = a.codes.map((code, i) => (code < 0 || b.codes[i]! < 0 ? -1 : code * b.space + b.codes[i]!))
      if (new Set(cells).size * RECORDS_EACH > n) continue
      const space = a.space * b.space
      const left = leftToGuess(cells, space, labels)
      if (left < best.left) best = { law: { columns: [a.column, b.column], cells, space }, left }
    }
  })
  return best.law
}

/** The share of the labels that are not their cell's commonest, of those that are not the commonest of all (1 − λ: Goodman & Kruskal 1954). */
function leftToGuess(cells: Cells, space: number, { of, names, counts }: Grouping): number {
  const perCell = new Int32Array(space * names.length)
  let labelled = 0
  of.forEach((label, i) => {
    if (label < 0) return
    labelled++
    if (cells[i]! >= 0) perCell[cells[i]! * names.length + label]!++
  })
  let guessed = 0
  for (let cell = 0; cell < space; cell++)
    guessed += Math.max(...perCell.subarray(cell * names.length, (cell + 1) * names.length))
  return (labelled - guessed) / Math.max(1, labelled - Math.max(...counts))
}

/** Whether the law tells records of several labels from one another, which hold one value of one of its columns. */
function isLawAmong(held: Int32Array, { cells, space }: Law, { of, names }: Grouping): boolean {
  const counts = new Int32Array(names.length)
  for (const i of held) if (of[i]! >= 0) counts[of[i]!]!++
  if (Math.max(...counts) > EXPLAINED * held.length) return false
  const labels = { of: Int32Array.from(held, (i) => of[i]!), names, counts }
  return (
    leftToGuess(
      held.map((i) => cells[i]!),
      space,
      labels,
    ) <= LEFT
  )
}

/** By cell, the commonest label of the records that are not left out. */
function saidOfOthers(cells: Cells, leftOut: Int32Array, { of }: Grouping): Map<number, number> {
  const out = new Set(leftOut)
  const counts = new Map<number, Map<number, number>>()
  cells.forEach((cell, i) => {
    if (cell < 0 || of[i]! < 0 || out.has(i)) return
    let own = counts.get(cell)
    if (own === undefined) counts.set(cell, (own = new Map()))
    own.set(of[i]!, (own.get(of[i]!) ?? 0) + 1)
  })
  return new Map([...counts].map(([cell, own]) => [cell, [...own].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0]]))
}
