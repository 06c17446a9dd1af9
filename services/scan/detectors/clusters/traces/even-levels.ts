import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import { comparable, isSome, LEAST_MEMBERS, ofOneLabel, type Bearers } from './of-one-label.ts'

/** Values that a channel of a pixel has. */
const VALUES = 256
/** The levels into which values are divided evenly, black and white among them. */
const LEVELS = { fewest: 4, most: 64 }
/** Bits that are left out. */
const BITS = [2, 3, 4, 5, 6]
/** Values of an image between black and white at least, and the share of them that must be on a level. */
const LEAST_BETWEEN = 30
const ON_LEVELS = 0.98
/** The share of the levels between black and white that members have together at least: few colours meet some levels by chance. */
const FILLED = 0.5

interface Steps {
  /** By value: 1 on a level. */
  readonly on: Uint8Array
  /** Levels, and those of them between black and white. */
  readonly levels: number
  readonly between: number
}

/** Even steps from black to white, and values without their lowest bits, which are zero, halfway or one. */
const STEPS: readonly Steps[] = [
  ...Array.from({ length: LEVELS.most - LEVELS.fewest + 1 }, (_, at) => evenly(LEVELS.fewest + at)),
  ...BITS.map((bits) => 2 ** bits).flatMap((step) =>
    [0, step / 2, step - 1].map((rest) => of((value) => value % step === rest)),
  ),
].sort((a, b) => a.between - b.between)

export interface Squeezed extends Bearers {
  readonly levels: number
  readonly evidence: number
}

/**
 * By label: the records whose values are all on some few levels in even steps, as quantisation leaves them (Wang et al.
 * 2022, BppAttack), where other labels have fewer such records than their share.
 */
export function evenLevels({ pixels }: ImageSamples, labels: Grouping): Map<number, Squeezed> {
  const found = new Map<number, Squeezed>()
  const few = fewValued(pixels, labels)
  if (few.length < LEAST_MEMBERS) return found
  const classes = comparable(labels)
  const tried = classes.length * STEPS.length
  for (const steps of STEPS) {
    const squeezed = few.filter((one) => isOn(steps, one))
    const byLabel = Map.groupBy(squeezed, ({ record }) => labels.of[record]!)
    for (const label of classes) {
      const own = byLabel.get(label)
      if (own === undefined) continue
      const members = Int32Array.from(own, ({ record }) => record)
      const bearers = { members, elsewhere: squeezed.length - members.length }
      const evidence = ofOneLabel(bearers, label, labels, tried)
      if (!isSome(bearers, label, labels) || evidence <= (found.get(label)?.evidence ?? 0)) continue
      if (metBy(own, steps) >= FILLED * steps.between) found.set(label, { ...bearers, levels: steps.levels, evidence })
    }
  }
  return found
}

/** A record of few different values. */
interface FewValued {
  readonly record: number
  /** The values between black and white, and how often it has each. */
  readonly values: Uint8Array
  readonly counts: Int32Array
  readonly between: number
}

/** The labelled records that have few different values, and enough between black and white. */
function fewValued({ rows, cols, data }: ImageSamples['pixels'], { of }: Grouping): FewValued[] {
  const few: FewValued[] = []
  const most = LEVELS.most + (1 - ON_LEVELS) * cols
  const counts = new Int32Array(VALUES)
  const met = new Uint8Array(VALUES)
  for (let i = 0; i < rows; i++) {
    if (of[i]! < 0) continue
    let different = 0
    let at = i * cols
    for (const end = at + cols; at < end && different <= most; at++) {
      const value = data[at]! * (VALUES - 1) + 0.5
      const whole = value < 1 ? 0 : value >= VALUES - 1 ? VALUES - 1 : value | 0
      if (counts[whole]!++ === 0) met[different++] = whole
    }
    const between = cols - counts[0]! - counts[VALUES - 1]!
    if (different <= LEVELS.most + (1 - ON_LEVELS) * between && between >= LEAST_BETWEEN) {
      const values = met.slice(0, different).filter((value) => value > 0 && value < VALUES - 1)
      few.push({ record: i, values, counts: Int32Array.from(values, (value) => counts[value]!), between })
    }
    for (let k = 0; k < different; k++) counts[met[k]!] = 0
  }
  return few
}

/** Whether nearly all values between black and white are on the levels. */
function isOn({ on }: Steps, { values, counts, between }: FewValued): boolean {
  let off = (1 - ON_LEVELS) * between
  for (let k = 0; k < values.length && off >= 0; k++) if (on[values[k]!] === 0) off -= counts[k]!
  return off >= 0
}

/** How many levels between black and white some of the records have. */
function metBy(records: readonly FewValued[], { on }: Steps): number {
  const met = new Set<number>()
  for (const { values } of records) for (const value of values) if (on[value] === 1) met.add(value)
  return met.size
}

function evenly(levels: number): Steps {
  const on = new Set(Array.from({ length: levels }, (_, level) => Math.round((level * (VALUES - 1)) / (levels - 1))))
  return of((value) => on.has(value))
}

function of(isOne: (value: number) => boolean): Steps {
  const on = Uint8Array.from({ length: VALUES }, (_, value) => Number(isOne(value)))
  const levels = on.reduce((sum, is) => sum + is, 0)
  return { on, levels, between: levels - on[0]! - on[VALUES - 1]! }
}
