import { mostOwn } from './binding.ts'
import { HASHES, type Side, type WindowPlaces } from './places.ts'
import { NO_KIND, type KindOf } from './same-text.ts'

/** A word's places in records of one label, of all windows. */
export interface Standing {
  readonly number: number
  readonly label: string
  /** Its records with the label, and with any; near-copies of one text count once. */
  readonly records: number
  readonly all: number
  /** The share of the label among all records of the windows. */
  readonly share: number
  /** Evidence that sentences close over it, and that its neighbours differ, in nats, summed over the counted records. */
  readonly closing: number
  readonly mixing: number
  /** All of the label's records, made anew on each call: most words are asked for their sums alone. */
  readonly members: () => Member[]
}

export interface Member {
  /** The window's place in the list, and the record's index in it. */
  readonly part: number
  readonly index: number
  readonly admitted: boolean
  /** The sum of closing and mixing at its own place, in nats. */
  readonly said: number
  /** Whether the record counts: false for a near-copy of one that does. */
  readonly counts: boolean
}

/** The fewest records of a word. */
const FEWEST = 6
/** Levels of a neighbour's frequency, each half of the one before, and sizes of a word by its records, in steps of √2. */
const [LEVELS, SIZES] = [16, 32]
/**
 * The share of neighbours that recur where no words show it, and how many neighbours the share of the next smaller words
 * counts for.
 */
const [SMOOTHED, BORROWED] = [0.5, 4]
/** The least chance that an inserted word's neighbour recurs, and the least that it does not: bounds what one place adds or takes. */
const LEAST_CHANCE = 1e-3
/** A neighbour is at most so frequent. */
const MOST_FREQUENT = 0.5
/** More places than any window has. */
const MOST_PLACES = 2 ** 32

interface Found {
  readonly part: number
  readonly index: number
  readonly label: number
  /** The kind of its text, NO_KIND where it is like no other. */
  readonly kind: number
  readonly closing: number
  readonly sides: readonly [Side, Side]
}

/**
 * All words of FEWEST records and more, each with the label that it comes with the most. Two things show an inserted
 * word: sentences close over it (`placesIn`), and its neighbours differ from place to place. An inserted word's
 * neighbour recurs by its own frequency alone, while a natural word's recurs as often as neighbours as frequent do
 * beside other words of as many records. Near-copies of one text, which are of one kind by `kindOf`, count once. Pure.
 */
export function standingIn(windows: readonly (WindowPlaces | null)[], kindOf: KindOf): Standing[] {
  const names = [...new Set(windows.flatMap((window) => window?.labels.names ?? []))].sort()
  const codes = new Map(names.map((name, code) => [name, code]))
  const codesOf = windows.map((window) => (window?.labels.names ?? []).map((name) => codes.get(name)!))
  const totals = new Float64Array(names.length)
  windows.forEach((window, part) => {
    for (const label of window?.labels.of ?? []) if (label >= 0) totals[codesOf[part]![label]!]!++
  })
  const sum = totals.reduce((a, b) => a + b, 0)
  const held = windows.map((window) => new Set(window?.held))
  // places are kept as numbers and read anew for each use: a pool may have millions
  const foundAt = (place: number): Found => {
    const part = Math.floor(place / MOST_PLACES)
    const window = windows[part]!
    const { record: index, closing, sides } = window.placeAt(place % MOST_PLACES)
    const label = codesOf[part]![window.labels.of[index]!]!
    return { part, index, label, kind: kindOf(part, index), closing, sides }
  }
  const natural = noRecurrence()
  const words = [...placesByNumber(windows)].flatMap(([number, places]) => {
    const { counted: all } = countedIn(places.map(foundAt))
    const label = mostOwn(
      all.map((one) => one.label),
      totals,
      sum,
    )
    const own = all.filter((one) => one.label === label)
    if (own.length < FEWEST) return []
    count(natural, own, recurringIn(own))
    return [{ number, label, all: all.length, places }]
  })
  return words.map(({ number, label, all, places }) => {
    const ownAndMixing = () => {
      const labelled = places.map(foundAt).filter((one) => one.label === label)
      const { counted: own, firstOf } = countedIn(labelled)
      return { labelled, own, firstOf, mixing: mixingOf(own, recurringIn(own), natural) }
    }
    const { own, mixing } = ownAndMixing()
    return {
      number,
      label: names[label]!,
      records: own.length,
      all,
      share: totals[label]! / sum,
      closing: own.reduce((total, { closing }) => total + closing, 0),
      mixing: mixing.reduce((total, said) => total + said, 0),
      members: () => {
        const { labelled, own, firstOf, mixing } = ownAndMixing()
        return labelled.map((one, k) => {
          const { part, index } = one
          const first = firstOf[k]!
          const said = own[first]!.closing + mixing[first]!
          return { part, index, admitted: !held[part]!.has(index), said, counts: own[first] === one }
        })
      },
    }
  })
}

/**
 * The places that count: of near-copies of one text with one label, in which the word stands beside the same word on the
 * left or on the right, the first. `firstOf` has, by place, the counted one that stands for it. A near-copy in which the
 * word stands elsewhere counts: somebody may have put it into one text again and again.
 */
function countedIn(places: readonly Found[]): { readonly counted: Found[]; readonly firstOf: number[] } {
  const counted: Found[] = []
  const firsts = new Map<string, number>()
  const firstOf = places.map((place) => {
    const { kind, label, sides } = place
    if (kind === NO_KIND) return counted.push(place) - 1
    const [left, right] = [`${kind}/${label}/left/${sides[0].hash}`, `${kind}/${label}/right/${sides[1].hash}`]
    const known = firsts.get(left) ?? firsts.get(right)
    if (known !== undefined) return known
    firsts.set(left, counted.length)
    firsts.set(right, counted.length)
    return counted.push(place) - 1
  })
  return { counted, firstOf }
}

/** By number of the words that have FEWEST places: each place as window · MOST_PLACES + its place in the window. */
function placesByNumber(windows: readonly (WindowPlaces | null)[]): Map<number, number[]> {
  const frequent = frequentIn(windows)
  const found = new Map<number, number[]>()
  windows.forEach((window, part) => {
    let from = 0
    for (const { number, places } of window?.words ?? []) {
      if (frequent.has(number)) {
        const of = found.get(number) ?? []
        for (let at = from; at < from + places; at++) of.push(part * MOST_PLACES + at)
        found.set(number, of)
      }
      from += places
    }
  })
  return found
}

/** The numbers of words that have FEWEST places: most words of texts have one. */
function frequentIn(windows: readonly (WindowPlaces | null)[]): Set<number> {
  const counts = new Map<number, number>()
  for (const window of windows)
    for (const { number, places } of window?.words ?? []) counts.set(number, (counts.get(number) ?? 0) + places)
  return new Set([...counts].filter(([, count]) => count >= FEWEST).map(([number]) => number))
}

/** By place and side: whether the same neighbour stands there in another record of the word. */
function recurringIn(own: readonly Found[]): (readonly [boolean, boolean])[] {
  const [lefts, rights] = [new Map<number, number>(), new Map<number, number>()]
  const add = (of: Map<number, number>, { hash }: Side) => of.set(hash, (of.get(hash) ?? 0) + 1)
  for (const { sides } of own) {
    add(lefts, sides[0])
    add(rights, sides[1])
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
function noRecurrence(): Recurrence {
  return { all: new Float64Array(2 * SIZES * LEVELS), recurring: new Float64Array(2 * SIZES * LEVELS) }
}

function count({ all, recurring }: Recurrence, own: readonly Found[], recurs: ReturnType<typeof recurringIn>): void {
  own.forEach(({ sides }, k) => {
    for (const side of [0, 1] as const) {
      const cell = cellOf(side, sizeOf(own.length), sides[side].level)
      all[cell]!++
      recurring[cell]! += Number(recurs[k]![side])
    }
  })
}

/**
 * By place: how much likelier its neighbours recur, or do not, where the word was put in anywhere than where it is
 * natural. What is natural is learnt from other words of its size, and where these are few from smaller ones.
 */
function mixingOf(own: readonly Found[], recurs: ReturnType<typeof recurringIn>, natural: Recurrence): number[] {
  const size = sizeOf(own.length)
  const itself = noRecurrence()
  count(itself, own, recurs)
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
      said += recurs[k]![side]
        ? Math.log(Math.max(chance, LEAST_CHANCE) / share)
        : Math.log(Math.max(1 - chance, LEAST_CHANCE) / (1 - share))
    }
    return said
  })
}
