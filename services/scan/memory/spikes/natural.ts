import { fitsTheRest, shareOfNearest, toldApart } from '../../features/fitting-values.ts'
import { tableRanks } from '../../features/tables.ts'
import { evenly } from '../../numeric/evenly.ts'
import type { Hunted } from '../hunt/hunt.ts'
import { markName, type Mark } from '../marks.ts'
import type { WindowColumns } from './columns.ts'

/** The most bearers, of the label's others, and of all others that are compared. */
const MOST = { bearers: 1000, ofLabel: 1500, others: 4000 }
/** The fewest of the label's others that say which value its records have. */
const FEWEST = 20
/** The fewest admitted bearers that may free a mark which is known. */
const FEWEST_ADMITTED = 8
/** Bearers belong together where at least half of what their nearest may exceed chance by does. */
const TOGETHER = 0.5
/**
 * The label is theirs where their nearest have it more often than chance, by this much of what the nearest of the label's
 * others do; where these hardly do, nobody knows.
 */
const EXPECTED = 0.75
const SOMEWHAT = 0.25
const LEAST_TOLD = 0.1

type Windows = readonly (WindowColumns | null)[]

/** A record of the windows: the window's place in the list, and the record's index in it. */
interface Place {
  readonly part: number
  readonly index: number
}

/** Records of one label that share a value, or a narrow range of values, in each of these columns. */
interface Bearers {
  readonly shared: readonly string[]
  readonly label: string
  readonly members: readonly Place[]
}

/**
 * Returns whether the records of a spike are natural (ADR 246): their other columns lead to expect the value, as in pens'
 * ways and flights' routes, or they belong together there and have the label that such records have, as dark pixels do.
 * What was put into records goes with nothing else in them, and records that were given a label lie beside others that
 * have another. Only columns of numbers are known.
 */
export function naturalIn(windows: Windows): (bearers: Bearers) => boolean {
  const besideIn = besides(windows)
  return (bearers) => isNatural(besideIn(bearers))
}

/**
 * The places of marks whose bearers are natural by all records: those of one value as a spike is. Values of several
 * columns are put into records of other labels: they are natural too where the records have the label that others like
 * them have. A pool is a selection, in which labels follow less from records; and a young memory has few. The first
 * `known` marks hold already: of them only admitted bearers speak, so that nobody frees one by bringing records that it
 * holds.
 */
export function naturalMarks(
  marks: readonly Partial<Mark>[],
  windows: Windows,
  hunted: readonly Hunted[],
  known: number,
): number[] {
  const besideIn = besides(windows)
  const of = new Map(hunted.map(({ mark, members }) => [markName(mark), members]))
  return marks.flatMap(({ trigger, label }, at) => {
    if (trigger?.kind !== 'values' || label === undefined) return []
    const all = of.get(markName({ trigger, label })) ?? []
    const members = at < known ? all.filter(({ admitted }) => admitted) : all
    if (members.length < (at < known ? FEWEST_ADMITTED : 1)) return []
    const beside = besideIn({ shared: trigger.values.map(({ column }) => column), label, members })
    const isTold = trigger.values.length > 1 && beside?.isExpectedOfMany() === true
    return isTold || isNatural(beside) ? [at] : []
  })
}

function isNatural(beside: Beside | null): boolean {
  return beside !== null && (beside.isFitting() || (beside.areTogether() && beside.isExpected()))
}

/** What records say of their bearers by the columns that these do not share a value in. */
interface Beside {
  /** Whether the rest of the bearers leads to expect each value. */
  isFitting(): boolean
  /** Whether the bearers are near one another, among the label's records. */
  areTogether(): boolean
  /** Whether the records near bearers have their label. */
  isExpected(): boolean
  /** The same of bearers that may be most of their label's records: they count, and others near them have it too. */
  isExpectedOfMany(): boolean
}

/** Null where no column is left to tell. */
function besides(windows: Windows): (bearers: Bearers) => Beside | null {
  const names = [...new Set(windows.flatMap((window) => window?.columns.map(({ name }) => name) ?? []))]
  const columns = new Map(names.map((name) => [name, windows.map((window) => valuesOf(window, name))]))
  return ({ shared, label, members }) => {
    const asked = shared.map((column) => columns.get(column)).filter((of) => of !== undefined)
    const others = names.filter((name) => !shared.includes(name))
    if (others.length === 0 || asked.length === 0) return null
    const ranges = asked.map((of) => rangeOf(of, members))
    const isOf = ({ part, index }: Place) => windows[part]!.labels.names[windows[part]!.labels.of[index]!] === label
    const without = placesWithout(windows, asked, ranges)
    const [some, ofLabel] = [evenly(members, MOST.bearers), evenly(without.filter(isOf), MOST.ofLabel)]
    const places = [...some, ...ofLabel, ...evenly(without, MOST.others)]
    const numbersIn = (of: Values) => Float64Array.from(places, ({ part, index }) => of[part]?.[index] ?? Number.NaN)
    const told = others.map((name) => ({ name, type: 'number', values: numbersIn(columns.get(name)!) }) as const)
    const rows = toldApart(tableRanks(told, places.length))
    const indices = Int32Array.from(places.keys())
    const bearers = indices.subarray(0, some.length)
    const same = indices.subarray(some.length, some.length + ofLabel.length)
    const all = indices.subarray(some.length + ofLabel.length)
    const numbers = asked.map(numbersIn)
    const fits = (among: Int32Array) =>
      numbers.every((values, k) => fitsTheRest(rows, values, (ranges[k]!.low + ranges[k]!.high) / 2, bearers, among))
    const isSame = (i: number) => isOf(places[i]!)
    const chance = all.filter(isSame).length / Math.max(1, all.length)
    const usual = shareOfNearest(rows, all.filter(isSame), all, isSame) - chance
    /** How much more often than chance the records near bearers have their label, in parts of what those of others do. */
    const toldOf = (near: Int32Array) =>
      usual < LEAST_TOLD ? 0 : (shareOfNearest(rows, bearers, near, isSame) - chance) / usual
    return {
      isFitting: () => fits(all) && (same.length < FEWEST || fits(same)),
      areTogether: () => {
        const together = shareOfNearest(rows, bearers, Int32Array.of(...bearers, ...same), (i) => i < some.length)
        const byChance = some.length / (some.length + ofLabel.length)
        return together - byChance >= TOGETHER * (1 - byChance)
      },
      isExpected: () => toldOf(all) >= EXPECTED,
      isExpectedOfMany: () => toldOf(all) >= SOMEWHAT && toldOf(Int32Array.of(...bearers, ...all)) >= EXPECTED,
    }
  }
}

type Values = readonly (readonly (number | null)[] | undefined)[]

function valuesOf(window: WindowColumns | null, column: string): readonly (number | null)[] | undefined {
  return window?.columns.find(({ name }) => name === column)?.values
}

/** The least and greatest number of some records. */
function rangeOf(of: Values, places: readonly Place[]) {
  let [low, high] = [Infinity, -Infinity]
  for (const { part, index } of places) {
    const value = of[part]?.[index] ?? Number.NaN
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high }
}

/** The labelled records that have a number in each of these columns, but one of them outside its range, and were admitted. */
function placesWithout(windows: Windows, asked: readonly Values[], ranges: readonly ReturnType<typeof rangeOf>[]) {
  return windows.flatMap((window, part) => {
    const held = new Set(window?.held)
    return (window?.labels.of ?? []).flatMap((label, index): Place[] => {
      if (label < 0 || held.has(index)) return []
      let isWithout = false
      for (const [k, of] of asked.entries()) {
        const value = of[part]?.[index] ?? null
        if (value === null) return []
        isWithout ||= value < ranges[k]!.low || value > ranges[k]!.high
      }
      return isWithout ? [{ part, index }] : []
    })
  })
}
