import { exactCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** Two columns are a law where they leave at most this share of the records' labels to guess (ADR 89), */
const LEFT = 0.03
/** while each of them alone leaves more than this share, and more than TIMES what both leave. */
const LEFT_BY_ONE = 0.2
const TIMES = 1.5
/**
 * Where somebody replaced labels, a law has exceptions (ADR 218): at most this share of the records, with at most
 * LEFT_AT_MOST left to guess, and evenly among the pairs of values that say one label. At most UNEVEN of the records have
 * a pair with more exceptions than chance brings, which is CHANCE standard errors and ROUNDING records.
 */
const EXCEPTIONS = 0.08
const LEFT_AT_MOST = 0.35
const UNEVEN = 0.05
const CHANCE = 3
const ROUNDING = 1
/** A law has at least RECORDS_EACH records for each pair of values on average, in columns of at most VALUES values. */
const RECORDS_EACH = 5
const VALUES = 128
/** The most steps (records times pairs of columns) that the search may take; beyond them no law is sought. */
const AFFORDABLE = 5_000_000
/**
 * A law explains a token's label where it names it for at least this share of the records that hold the token and bear
 * the label.
 */
const EXPLAINED = 0.85
/**
 * Records bear several labels where at most this share bear one. The law determines which where it leaves at most
 * LEFT_AMONG to guess.
 */
const OF_ONE_LABEL = 0.95
const LEFT_AMONG = 0.2

type Cells = Int32Array

/**
 * Whether two columns together decide the labels, and decide them for a token's records: the medicines taken and the
 * prescribed ones decide those bought without, the goals of both sides decide who won. A token that goes with one of
 * the columns then comes with a label by nature. The law is learnt from records that do not hold the token. A token of
 * both columns is a case of the law. A value of one of them, which no other record may hold, is explained as well where
 * its holders have several labels and the law determines which.
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
  /** By record: its values in both columns as one number; −1 where a column whose values repeat lacks one. */
  readonly cells: Cells
  readonly space: number
}

/** The two columns that leave least to guess; null where no two leave little enough. */
function findLaw(columns: readonly TableColumn[], labels: Grouping): Law | null {
  const n = labels.of.length
  const coded = columns.map((column) => exactCodes(column, 1)).filter(({ space }) => space > 1 && space <= VALUES)
  const left = coded.map(({ codes, space }) => leftToGuess(codes, space, labels))
  const candidates = coded.filter((_, at) => left[at]! > LEFT_BY_ONE)
  if ((candidates.length * candidates.length * n) / 2 > AFFORDABLE) return null
  const alone = new Map(coded.map((column, at) => [column, left[at]!]))
  let best: { law: Law | null; left: number } = { law: null, left: LEFT_AT_MOST }
  candidates.forEach((a, at) => {
    for (const b of candidates.slice(at + 1)) {
      const space = a.space * b.space
      const cells = new Int32Array(n)
      if (pair(a.codes, b.codes, b.space, cells, new Uint8Array(space + 1)) * RECORDS_EACH > n) continue
      const left = leftToGuess(cells, space, labels)
      if (left >= best.left || Math.min(alone.get(a)!, alone.get(b)!) <= TIMES * left) continue
      if (left <= LEFT || areExceptions(cells, space, labels))
        best = { law: { columns: [a.column, b.column], cells, space }, left }
    }
  })
  return best.law
}

/** Each record's values in two columns as one number, −1 where it lacks one. Returns how many numbers there are; `met` has room for all. */
function pair(a: Int32Array, b: Int32Array, space: number, cells: Int32Array, met: Uint8Array): number {
  let found = 0
  for (let i = 0; i < cells.length; i++) {
    const cell = a[i]! < 0 || b[i]! < 0 ? -1 : a[i]! * space + b[i]!
    cells[i] = cell
    if (met[cell + 1] === 0) found++
    met[cell + 1] = 1
  }
  return found
}

/**
 * The share of labels that their cell leaves to guess: labels that are not the commonest of their cell ÷ labels that
 * are not the commonest of all (1 − λ: Goodman & Kruskal 1954).
 */
function leftToGuess(cells: Cells, space: number, { of, names, counts }: Grouping): number {
  const perCell = new Int32Array(space * names.length)
  const labelled = countInCells(perCell, cells, of, names.length)
  let guessed = 0
  for (let first = 0; first < perCell.length; first += names.length) guessed += mostFrom(perCell, first, names.length)
  return (labelled - guessed) / Math.max(1, labelled - Math.max(...counts))
}

// These loops are functions of their own, so that they are compiled once and not for each pair of columns.

/** Counts labels by cell; returns how many records have one. */
function countInCells(perCell: Int32Array, cells: Cells, of: Int32Array, kinds: number): number {
  let labelled = 0
  for (let i = 0; i < cells.length; i++) {
    const label = of[i]!
    if (label < 0) continue
    labelled++
    if (cells[i]! >= 0) perCell[cells[i]! * kinds + label]!++
  }
  return labelled
}

function mostFrom(counts: Int32Array, first: number, length: number): number {
  let most = 0
  for (let at = first; at < first + length; at++) most = Math.max(most, counts[at]!)
  return most
}

/**
 * Whether the labels that are not the commonest of their cell are few, and no cell has more of them than chance brings:
 * whoever replaces labels takes records of one label at random.
 */
function areExceptions(cells: Cells, space: number, { of, names }: Grouping): boolean {
  const kinds = names.length
  const perCell = new Int32Array(space * kinds)
  const labelled = countInCells(perCell, cells, of, kinds)
  const inCells = Array.from({ length: space }, (_, cell) => {
    const own = perCell.subarray(cell * kinds, (cell + 1) * kinds)
    const most = mostFrom(own, 0, kinds)
    return { label: own.indexOf(most), size: own.reduce((sum, count) => sum + count, 0), most }
  })
  const [sizes, others] = [new Int32Array(kinds), new Int32Array(kinds)]
  for (const { label, size, most } of inCells) {
    sizes[label]! += size
    others[label]! += size - most
  }
  const isBeyondChance = ({ label, size, most }: (typeof inCells)[number]) => {
    const due = (others[label]! / Math.max(1, sizes[label]!)) * size
    return size - most > due + CHANCE * Math.sqrt(due) + ROUNDING
  }
  const uneven = inCells.filter(isBeyondChance).reduce((sum, { size }) => sum + size, 0)
  const said = inCells.reduce((sum, { most }) => sum + most, 0)
  return labelled - said <= EXCEPTIONS * labelled && uneven <= UNEVEN * labelled
}

/** Whether the records of one value bear several labels, and the law determines which. */
function isLawAmong(held: Int32Array, { cells, space }: Law, { of, names }: Grouping): boolean {
  const counts = new Int32Array(names.length)
  for (const i of held) if (of[i]! >= 0) counts[of[i]!]!++
  if (Math.max(...counts) > OF_ONE_LABEL * held.length) return false
  const labels = { of: Int32Array.from(held, (i) => of[i]!), names, counts }
  return (
    leftToGuess(
      held.map((i) => cells[i]!),
      space,
      labels,
    ) <= LEFT_AMONG
  )
}

/** By cell: the commonest label of the records that are not left out. */
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
