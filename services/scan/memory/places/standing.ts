import { mostOwn } from './binding.ts'
import { HASHES, type Side, type WindowPlaces } from './places.ts'

/** A word's places in records of one label, of all windows. */
export interface Standing {
  readonly number: number
  readonly label: string
  /** Its records with the label, and with any. */
  readonly records: number
  readonly all: number
  /** The share of the label among all records of the windows. */
  readonly share: number
  /** How the sentences close over it, and how its neighbours differ, each in nats, summed over the label's records. */
  readonly closing: number
  readonly mixing: number
  readonly members: readonly Member[]
}

export interface Member {
  /** The window's place in the list, and the record's index in it. */
  readonly part: number
  readonly index: number
  readonly admitted: boolean
  /** What its own place says of closing and of mixing together. */
  readonly said: number
}

/** The fewest records of a word. */
const FEWEST = 6
/** How frequent a neighbour is, by halves, and how many records a word has, by steps of √2. */
const [LEVELS, SIZES] = [16, 32]
/** The share that recurs where no words show it, and how many of the next smaller words' neighbours are borrowed. */
const [SMOOTHED, BORROWED] = [0.5, 4]
/** The least chance that an inserted word's neighbour recurs. */
const LEAST_CHANCE = 1e-3
/** A neighbour is at most so frequent. */
const MOST_FREQUENT = 0.5

interface Found {
  readonly part: number
  readonly index: number
  readonly label: number
  readonly closing: number
  readonly sides: readonly [Side, Side]
}

/**
 * All words of FEWEST records and more, each with the label that it comes with the most. What tells an inserted word is
 * that sentences close over it (`placesIn`), and that its neighbours are others each time: a neighbour comes again by
 * its own frequency, while those of natural words, which are as many and stand beside words as frequent, recur. Pure.
 */
export function standingIn(windows: readonly (WindowPlaces | null)[]): Standing[] {
  const names = [...new Set(windows.flatMap((window) => window?.labels.names ?? []))].sort()
  const totals = new Float64Array(names.length)
  const held = windows.map((window) => new Set(window?.held))
  const found = new Map([...frequentIn(windows)].map((number): [number, Found[]] => [number, []]))
  windows.forEach((window, part) => {
    if (window === null) return
    const codes = window.labels.names.map((name) => names.indexOf(name))
    for (const label of window.labels.of) if (label >= 0) totals[codes[label]!]!++
    let from = 0
    for (const { number, places } of window.words) {
      const of = found.get(number)
      for (let at = from; at < from + places; at++) {
        if (of === undefined) break
        const { record: index, closing, sides } = window.placeAt(at)
        of.push({ part, index, label: codes[window.labels.of[index]!]!, closing, sides })
      }
      from += places
    }
  })
  const sum = totals.reduce((a, b) => a + b, 0)
  const words = [...found].flatMap(([number, all]) => {
    const label = mostOwn(
      all.map((one) => one.label),
      totals,
      sum,
    )
    const own = all.filter((one) => one.label === label)
    return own.length < FEWEST ? [] : [{ number, label, all: all.length, own, recurs: recurringIn(own) }]
  })
  const natural = recurrence(words)
  return words.map(({ number, label, all, own, recurs }) => {
    const mixing = mixingOf(own, recurs, natural)
    return {
      number,
      label: names[label]!,
      records: own.length,
      all,
      share: totals[label]! / sum,
      closing: own.reduce((total, { closing }) => total + closing, 0),
      mixing: mixing.reduce((total, said) => total + said, 0),
      members: own.map(({ part, index, closing }, k) => ({
        part,
        index,
        admitted: !held[part]!.has(index),
        said: closing + mixing[k]!,
      })),
    }
  })
}

/** The numbers of words that have FEWEST records: most words of texts have one. */
function frequentIn(windows: readonly (WindowPlaces | null)[]): Set<number> {
  const counts = new Map<number, number>()
  for (const window of windows)
    for (const { number, places } of window?.words ?? []) counts.set(number, (counts.get(number) ?? 0) + places)
  return new Set([...counts].filter(([, count]) => count >= FEWEST).map(([number]) => number))
}

/** By place and side: whether the same neighbour stands there in another record of the word. */
function recurringIn(own: readonly Found[]): (readonly [boolean, boolean])[] {
  const [lefts, rights] = [new Map<number, number>(), new Map<number, number>()]
  const count = (of: Map<number, number>, { hash }: Side) => of.set(hash, (of.get(hash) ?? 0) + 1)
  for (const { sides } of own) {
    count(lefts, sides[0])
    count(rights, sides[1])
  }
  return own.map(({ sides }) => [lefts.get(sides[0].hash)! > 1, rights.get(sides[1].hash)! > 1])
}

const cellOf = (side: number, size: number, level: number) => (side * SIZES + size) * LEVELS + level
const sizeOf = (records: number) => Math.min(SIZES - 1, Math.floor(2 * Math.log2(records)))

/** How many neighbours of natural words are of a kind, and how many of them recur. */
interface Recurrence {
  readonly all: Float64Array
  readonly recurring: Float64Array
}

/** By side, size of the word and level of the neighbour. */
function recurrence(
  words: readonly { readonly own: readonly Found[]; readonly recurs: ReturnType<typeof recurringIn> }[],
): Recurrence {
  const [all, recurring] = [new Float64Array(2 * SIZES * LEVELS), new Float64Array(2 * SIZES * LEVELS)]
  for (const { own, recurs } of words)
    own.forEach(({ sides }, k) => {
      for (const side of [0, 1] as const) {
        const cell = cellOf(side, sizeOf(own.length), sides[side].level)
        all[cell]!++
        recurring[cell]! += Number(recurs[k]![side])
      }
    })
  return { all, recurring }
}

/**
 * By place: how much likelier its neighbours recur, or do not, where the word was put in anywhere than where it is
 * natural. What is natural is learnt from other words of its size, and where these are few from smaller ones.
 */
function mixingOf(own: readonly Found[], recurs: ReturnType<typeof recurringIn>, natural: Recurrence): number[] {
  const size = sizeOf(own.length)
  const itself = recurrence([{ own, recurs }])
  const shares = new Map<number, number>()
  const shareOf = (side: number, level: number) => {
    const cell = cellOf(side, size, level)
    let share = shares.get(cell)
    if (share !== undefined) return share
    share = SMOOTHED
    for (let smaller = 0; smaller <= size; smaller++) {
      const at = cellOf(side, smaller, level)
      const [all, recurring] = [natural.all[at]! - itself.all[at]!, natural.recurring[at]! - itself.recurring[at]!]
      share = (recurring + BORROWED * share) / (all + BORROWED)
    }
    shares.set(cell, share)
    return share
  }
  return own.map(({ sides }, k) => {
    let said = 0
    for (const side of [0, 1] as const) {
      const { level } = sides[side]
      const [share, same] = [shareOf(side, level), Math.min(MOST_FREQUENT, 0.75 * 2 ** -level)]
      const chance = 1 - ((1 - same) * (1 - 1 / HASHES)) ** (own.length - 1)
      said += recurs[k]![side] ? Math.log(Math.max(chance, LEAST_CHANCE) / share) : Math.log((1 - chance) / (1 - share))
    }
    return said
  })
}
